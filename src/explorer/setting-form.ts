import { find } from './html.ts';
import type { Setting } from './setting.ts';

/** A slider and a number field that say the same. */
class Dial {
  readonly #slider: HTMLInputElement;
  readonly #field: HTMLInputElement;

  constructor(root: HTMLElement, onChange: () => void) {
    this.#slider = find<HTMLInputElement>('input[type=range]', root);
    this.#field = find<HTMLInputElement>('input[type=number]', root);
    this.#slider.addEventListener('input', () => {
      this.#field.value = this.#slider.value;
      onChange();
    });
    this.#field.addEventListener('input', () => {
      if (!this.#field.validity.valid || this.#field.value === '') return;
      this.#slider.value = this.#field.value;
      onChange();
    });
    // What is no number here is left for a moment, so that one can be typed, and then taken back.
    this.#field.addEventListener('change', () => {
      if (!this.#field.validity.valid || this.#field.value === '') this.#field.value = this.#slider.value;
    });
  }

  get value(): number {
    return Number(this.#slider.value);
  }

  set value(value: number) {
    this.#slider.value = String(value);
    this.#field.value = this.#slider.value;
  }

  set disabled(disabled: boolean) {
    this.#slider.disabled = disabled;
    this.#field.disabled = disabled;
  }
}

/** The sliders for gamma and alpha, and the switch that turns alpha off. */
export class SettingForm {
  readonly #gamma: Dial;
  readonly #alpha: Dial;
  readonly #alphaOn: HTMLInputElement;
  readonly #reason: HTMLElement;
  #softmax = false;

  constructor(form: HTMLElement, onChange: () => void) {
    this.#gamma = new Dial(find('.gamma', form), onChange);
    this.#alpha = new Dial(find('.alpha', form), onChange);
    this.#alphaOn = find<HTMLInputElement>('#alpha-on', form);
    this.#reason = find('.reason', form);
    this.#alphaOn.addEventListener('change', () => {
      this.#update();
      onChange();
    });
  }

  get setting(): Setting {
    const on = this.#alphaOn.checked && !this.#softmax;
    return { gamma: this.#gamma.value, alpha: on ? this.#alpha.value : null };
  }

  set setting({ gamma, alpha }: Setting) {
    this.#gamma.value = gamma;
    this.#alphaOn.checked = alpha !== null;
    if (alpha !== null) this.#alpha.value = alpha;
    this.#update();
  }

  /** With softmax one number for alpha scales every loss alike: it would move nothing on this page. */
  set softmax(softmax: boolean) {
    this.#softmax = softmax;
    this.#update();
  }

  #update(): void {
    this.#alphaOn.disabled = this.#softmax;
    this.#alpha.disabled = this.#softmax || !this.#alphaOn.checked;
    this.#reason.hidden = !this.#softmax;
  }
}
