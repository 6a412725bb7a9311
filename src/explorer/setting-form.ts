import { Dial } from './dial.ts';
import { find, html } from './html.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, type Setting, sameAlpha } from './setting.ts';

/** Where alpha comes from, by the value of the option that says so; numbers come from the slider. */
const SCHEMES: Readonly<Record<string, Alpha>> = { off: null, balanced: BALANCED, effective: EFFECTIVE_NUMBER };

/** The sliders for gamma and alpha, and where alpha comes from if not from its slider. */
export class SettingForm {
  readonly #gamma: Dial;
  readonly #alpha: Dial;
  readonly #source: HTMLSelectElement;
  readonly #number: HTMLOptionElement;
  readonly #own: HTMLOptionElement;
  readonly #reason: HTMLElement;
  #ownAlpha: Alpha = null;

  constructor(form: HTMLElement, onChange: () => void) {
    this.#gamma = new Dial(find('.gamma', form), onChange);
    this.#alpha = new Dial(find('.alpha', form), onChange);
    this.#reason = find('.reason', form);
    this.#source = find<HTMLSelectElement>('.alpha select', form);
    this.#number = find<HTMLOptionElement>('[value=number]', this.#source);
    this.#own = html('option', { value: 'own' }, 'as in the file');
    this.#source.addEventListener('change', () => {
      this.#update();
      onChange();
    });
  }

  get setting(): Setting {
    return { gamma: this.#gamma.value, alpha: this.#readAlpha() };
  }

  set setting({ gamma, alpha }: Setting) {
    this.#gamma.value = gamma;
    if (typeof alpha === 'number') this.#alpha.value = alpha;
    const scheme = Object.keys(SCHEMES).find((name) => sameAlpha(SCHEMES[name]!, alpha));
    this.#source.value = typeof alpha === 'number' ? 'number' : (scheme ?? 'own');
    this.#update();
  }

  /**
   * For another batch.
   *
   * @param softmax then one number for alpha scales every loss alike: it would move nothing on this page
   * @param own the file's alpha, which can be chosen where nothing else here says the same
   */
  offer(softmax: boolean, own: Alpha): void {
    this.#number.disabled = softmax;
    this.#reason.hidden = !softmax;
    this.#ownAlpha = own;
    const said = typeof own === 'number' || Object.values(SCHEMES).some((scheme) => sameAlpha(scheme, own));
    if (said) this.#own.remove();
    else this.#source.append(this.#own);
  }

  #readAlpha(): Alpha {
    const { value } = this.#source;
    if (value === 'number') return this.#alpha.value;
    return value === 'own' ? this.#ownAlpha : SCHEMES[value]!;
  }

  #update(): void {
    this.#alpha.disabled = this.#source.value !== 'number' || this.#number.disabled;
  }
}
