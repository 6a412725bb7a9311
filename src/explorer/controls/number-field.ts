import { find } from '../html.ts';

/** A number that is edited with a slider or a text field. The text field accepts values between the slider's steps. */
export class NumberField {
  readonly #slider: HTMLInputElement;
  readonly #input: HTMLInputElement;
  #value: number;

  constructor(root: HTMLElement, onChange: () => void) {
    this.#slider = find<HTMLInputElement>('input[type=range]', root);
    this.#input = find<HTMLInputElement>('input[type=number]', root);
    this.#value = this.#slider.valueAsNumber;
    this.#slider.addEventListener('input', () => {
      this.value = this.#slider.valueAsNumber;
      onChange();
    });
    this.#input.addEventListener('input', () => {
      const { valueAsNumber: typed, min, max } = this.#input;
      if (!(typed >= Number(min) && typed <= Number(max))) return;
      this.#value = typed;
      this.#slider.valueAsNumber = typed;
      onChange();
    });
    // While the user types, the text may be invalid. On leaving the field it goes back to the last valid number.
    this.#input.addEventListener('change', () => {
      this.#input.valueAsNumber = this.#value;
    });
  }

  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.#value = value;
    this.#slider.valueAsNumber = value;
    this.#input.valueAsNumber = value;
  }

  /** The name of both inputs for assistive technology. */
  set label(label: string) {
    this.#slider.setAttribute('aria-label', `${label}, slider`);
    this.#input.setAttribute('aria-label', label);
  }

  set disabled(disabled: boolean) {
    this.#slider.disabled = disabled;
    this.#input.disabled = disabled;
  }
}
