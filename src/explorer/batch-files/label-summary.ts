/** The labels of a batch, counted in the page: errors of the service name the first 20 only. */
export interface LabelSummary {
  readonly total: number;
  /** How often each label occurs that is neither a class nor, if dense, in [0, 1]. */
  readonly outside: ReadonlyMap<number, number>;
  /** Labels whose values are not in `outside`, which has so many different ones at most. */
  readonly more: number;
  /** Labels of 0, and of the number of classes: they tell whether labels count from 1. */
  readonly zeros: number;
  readonly ofClassCount: number;
}

const MAX_VALUES = 200;

/** Counts labels as they come. */
export class LabelCounter {
  readonly #classes: number | 'dense';
  readonly #first: number;
  readonly #outside = new Map<number, number>();
  #total = 0;
  #more = 0;
  #zeros = 0;

  /**
   * @param classes the number of classes of indices, or `dense`
   * @param first the label of the first class
   */
  constructor(classes: number | 'dense', first = 0) {
    this.#classes = classes;
    this.#first = first;
  }

  add(label: number): void {
    this.#total++;
    if (label === 0) this.#zeros++;
    const isValid =
      this.#classes === 'dense'
        ? label >= 0 && label <= 1
        : label >= this.#first && label < this.#first + this.#classes && Number.isInteger(label);
    if (isValid) return;
    const seen = this.#outside.get(label);
    if (seen !== undefined) this.#outside.set(label, seen + 1);
    else if (this.#outside.size < MAX_VALUES) this.#outside.set(label, 1);
    else this.#more++;
  }

  get summary(): LabelSummary {
    return {
      total: this.#total,
      outside: this.#outside,
      more: this.#more,
      zeros: this.#zeros,
      ofClassCount: this.#classes === 'dense' ? 0 : (this.#outside.get(this.#classes) ?? 0),
    };
  }
}
