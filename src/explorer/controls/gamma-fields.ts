import { find } from '../html.ts';
import { type Gamma, sideGammas } from '../hyper-parameters.ts';
import { NumberField } from './number-field.ts';

/** The field for gamma, or with the box checked two of them: that of positives and that of negatives. */
export class GammaFields {
  readonly #root: HTMLElement;
  /** Of both sides, or of positives. */
  readonly #first: NumberField;
  readonly #negative: NumberField;
  readonly #perSide: HTMLInputElement;

  constructor(root: HTMLElement, onChange: () => void) {
    this.#root = root;
    this.#first = new NumberField(find('.gamma-row.first', root), onChange);
    this.#negative = new NumberField(find('.gamma-row.of-negatives', root), onChange);
    this.#perSide = find<HTMLInputElement>('#gamma-per-side', root);
    this.#perSide.addEventListener('change', () => {
      // Both start where the one was, so that checking the box alone changes no number.
      this.#negative.value = this.#first.value;
      this.#updateRows();
      onChange();
    });
  }

  get value(): Gamma {
    const { value } = this.#first;
    return this.#perSide.checked ? { positive: value, negative: this.#negative.value } : value;
  }

  set value(gamma: Gamma) {
    const { positive, negative } = sideGammas(gamma);
    this.#first.value = positive;
    this.#negative.value = negative;
    this.#perSide.checked = typeof gamma !== 'number';
    this.#updateRows();
  }

  /** @param allowed whether the batch can have a gamma for each side; if it has them, the box is there in any case */
  set allowsSides(allowed: boolean) {
    find('.per-side', this.#root).hidden = !allowed && !this.#perSide.checked;
  }

  #updateRows(): void {
    const { checked } = this.#perSide;
    this.#root.classList.toggle('per-side-gammas', checked);
    this.#first.label = checked ? 'γ of positives' : 'γ';
    find('.gamma-row.of-negatives', this.#root).hidden = !checked;
  }
}
