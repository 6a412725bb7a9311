import { find } from '../html.ts';
import { type ClassGammas, type HyperParameters, sideGammas } from '../hyper-parameters.ts';
import { NumberField } from './number-field.ts';

type GammaChoice = Pick<HyperParameters, 'gamma' | 'classGammas'>;

/**
 * The field for gamma, or with the box checked two of them: that of positives and that of negatives. If the file has a gamma for
 * each class, another box keeps these.
 */
export class GammaFields {
  readonly #root: HTMLElement;
  /** Of both sides, or of positives. */
  readonly #first: NumberField;
  readonly #negative: NumberField;
  readonly #perSide: HTMLInputElement;
  readonly #ofFile: HTMLInputElement;
  #classGammas: ClassGammas | null = null;
  #allowsSides = true;

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
    this.#ofFile = find<HTMLInputElement>('#gamma-of-file', root);
    this.#ofFile.addEventListener('change', () => {
      this.#updateRows();
      onChange();
    });
  }

  get value(): GammaChoice {
    const { value } = this.#first;
    const gamma = this.#perSide.checked ? { positive: value, negative: this.#negative.value } : value;
    return this.#ofFile.checked && this.#classGammas ? { gamma, classGammas: this.#classGammas } : { gamma };
  }

  set value({ gamma, classGammas }: GammaChoice) {
    const { positive, negative } = sideGammas(gamma);
    this.#first.value = positive;
    this.#negative.value = negative;
    this.#perSide.checked = typeof gamma !== 'number';
    this.#ofFile.checked = classGammas !== undefined;
    this.#updateRows();
  }

  /**
   * @param allowsSides whether the batch can have a gamma for each side; if it has them, the box is there in any case
   * @param classGammas the file's gamma of each class, if it has one
   */
  configure(allowsSides: boolean, classGammas: ClassGammas | null): void {
    this.#allowsSides = allowsSides;
    this.#classGammas = classGammas;
    this.#updateRows();
  }

  #updateRows(): void {
    const isOfFile = this.#ofFile.checked;
    const { checked } = this.#perSide;
    this.#root.classList.toggle('per-side-gammas', checked);
    this.#first.label = checked ? 'γ of positives' : 'γ';
    this.#first.disabled = isOfFile;
    this.#negative.disabled = isOfFile;
    find('.gamma-row.of-negatives', this.#root).hidden = !checked;
    find('.per-side', this.#root).hidden = isOfFile || (!this.#allowsSides && !checked);
    find('.file-gammas', this.#root).hidden = this.#classGammas === null;
    find('.file-gammas span', this.#root).textContent = describe(this.#classGammas);
  }
}

function describe(gammas: ClassGammas | null): string {
  const numbers = gammas === null ? [] : 'length' in gammas ? gammas : [gammas.positive, gammas.negative].flat();
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) [low, high] = [Math.min(low, number), Math.max(high, number)];
  return `of each class, as in the file (${low} to ${high})`;
}
