import type { FileGamma } from '../file-gamma.ts';
import { find, html } from '../html.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, type HyperParameters, sameAlpha } from '../hyper-parameters.ts';
import { allowsSideGammas, hasOwnPositives, type LossForm } from '../loss-form.ts';
import { GammaFields } from './gamma-fields.ts';
import { NumberField } from './number-field.ts';

/** The values of the select element for alpha, other than `number` and `own`. */
const SCHEMES: Readonly<Record<string, Alpha>> = { off: null, balanced: BALANCED, effective: EFFECTIVE_NUMBER };

/** The fields for gamma and alpha. Alpha is a number, a weighting scheme, or what the file has. */
export class HyperParameterForm {
  readonly #gamma: GammaFields;
  readonly #alpha: NumberField;
  readonly #alphaSource: HTMLSelectElement;
  readonly #numberOption: HTMLOptionElement;
  readonly #ownOption: HTMLOptionElement;
  readonly #softmaxHint: HTMLElement;
  readonly #alphaMeaning: HTMLElement;
  /** The file's, if it is none of the other choices. */
  #ownAlpha: Alpha = null;
  /** That of the file, or the default of its activation. */
  #formAlpha: Alpha = null;

  constructor(form: HTMLElement, onChange: () => void) {
    this.#gamma = new GammaFields(find('.gamma', form), onChange);
    this.#alpha = new NumberField(find('.alpha', form), onChange);
    this.#softmaxHint = find('.alpha .hint', form);
    this.#alphaMeaning = find('.alpha legend span', form);
    this.#alphaSource = find<HTMLSelectElement>('.alpha select', form);
    this.#numberOption = find<HTMLOptionElement>('[value=number]', this.#alphaSource);
    this.#ownOption = html('option', { value: 'own' }, 'as in the file');
    this.#alphaSource.addEventListener('change', () => {
      this.#updateDisabled();
      onChange();
    });
  }

  get value(): HyperParameters {
    return { ...this.#gamma.value, alpha: this.#readAlpha() };
  }

  set value({ alpha, ...gamma }: HyperParameters) {
    this.#gamma.value = gamma;
    if (typeof alpha === 'number') this.#alpha.value = alpha;
    const scheme = Object.keys(SCHEMES).find((name) => sameAlpha(SCHEMES[name]!, alpha));
    this.#alphaSource.value = typeof alpha === 'number' ? 'number' : (scheme ?? 'own');
    this.#updateDisabled();
  }

  /**
   * Sets which choices a batch has.
   *
   * @param form under softmax, numbers for alpha are disabled: one number scales every loss alike, which changes no share
   * @param gamma the file's
   * @param ownAlpha the file's alpha, which becomes a choice of its own if none of the others equals it
   */
  configure(form: LossForm, gamma: FileGamma, ownAlpha: Alpha): void {
    this.#setChoices(form, gamma, ownAlpha);
    this.#formAlpha = ownAlpha;
  }

  #setChoices(form: LossForm, { classGammas }: FileGamma, ownAlpha: Alpha): void {
    const { softmax } = form;
    this.#numberOption.disabled = softmax;
    this.#softmaxHint.hidden = !softmax;
    this.#alphaMeaning.textContent = hasOwnPositives(form) ? 'weight of negatives' : 'weight of positives';
    this.#ownAlpha = ownAlpha;
    const hasOption =
      typeof ownAlpha === 'number' || Object.values(SCHEMES).some((scheme) => sameAlpha(scheme, ownAlpha));
    if (hasOption) this.#ownOption.remove();
    else this.#alphaSource.append(this.#ownOption);
    this.#gamma.configure(allowsSideGammas(form), classGammas);
    this.#updateDisabled();
  }

  /** As `configure`, after a change of options: keeps what the batch still can have. */
  adapt(form: LossForm, gamma: FileGamma, ownAlpha: Alpha): void {
    const wasSoftmax = this.#numberOption.disabled;
    const { alpha } = this.value;
    this.#setChoices(form, gamma, ownAlpha);
    const isDefault = sameAlpha(alpha, this.#formAlpha);
    this.#formAlpha = ownAlpha;
    if (isDefault || (form.softmax && !wasSoftmax && typeof alpha === 'number'))
      this.value = { ...this.value, alpha: ownAlpha };
    if (!allowsSideGammas(form) && typeof this.value.gamma !== 'number') {
      this.value = { ...this.value, gamma: this.value.gamma.positive };
      this.#gamma.configure(false, gamma.classGammas);
    }
  }

  #readAlpha(): Alpha {
    const { value } = this.#alphaSource;
    if (value === 'number') return this.#alpha.value;
    return value === 'own' ? this.#ownAlpha : SCHEMES[value]!;
  }

  #updateDisabled(): void {
    this.#alpha.disabled = this.#alphaSource.value !== 'number' || this.#numberOption.disabled;
  }
}
