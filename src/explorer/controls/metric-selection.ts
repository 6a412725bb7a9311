import { find } from '../html.ts';

/** Which number the heatmap shows, for the address of the page. The select element gets its choices with the first sweep. */
export class MetricSelection {
  readonly #select: HTMLSelectElement;
  #value: string | null = null;

  /** @param onChange is called when the user selects another */
  constructor(figure: HTMLElement, onChange: () => void) {
    this.#select = find<HTMLSelectElement>('.metric select', figure);
    this.#select.addEventListener('change', ({ isTrusted }) => {
      this.#value = this.#select.value;
      if (isTrusted) onChange();
    });
  }

  /** Null until another than the first is selected. */
  get value(): string | null {
    return this.#value;
  }

  /** Sets what to select as soon as there is such a choice. */
  set value(value: string | null) {
    this.#value = value;
    this.restore();
  }

  restore(): void {
    const { options } = this.#select;
    const target = this.#value ?? options[0]?.value;
    if (target === undefined || target === this.#select.value || ![...options].some(({ value }) => value === target))
      return;
    this.#select.value = target;
    const before = this.#value;
    this.#select.dispatchEvent(new Event('change'));
    this.#value = before;
  }
}
