import { find } from './html.ts';

/** A slider and a number field for the same number, which may lie between the slider's steps. */
export class Dial {
  readonly #slider: HTMLInputElement;
  readonly #field: HTMLInputElement;
  #value: number;

  constructor(root: HTMLElement, onChange: () => void) {
    this.#slider = find<HTMLInputElement>('input[type=range]', root);
    this.#field = find<HTMLInputElement>('input[type=number]', root);
    this.#value = this.#slider.valueAsNumber;
    this.#slider.addEventListener('input', () => {
      this.value = this.#slider.valueAsNumber;
      onChange();
    });
    this.#field.addEventListener('input', () => {
      const { valueAsNumber: typed, min, max } = this.#field;
      if (!(typed >= Number(min) && typed <= Number(max))) return;
      this.#value = typed;
      this.#slider.valueAsNumber = typed;
      onChange();
    });
    // What is no number here is left for a moment, so that one can be typed, and then taken back.
    this.#field.addEventListener('change', () => {
      this.#field.valueAsNumber = this.#value;
    });
  }

  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.#value = value;
    this.#slider.valueAsNumber = value;
    this.#field.valueAsNumber = value;
  }

  set disabled(disabled: boolean) {
    this.#slider.disabled = disabled;
    this.#field.disabled = disabled;
  }
}
