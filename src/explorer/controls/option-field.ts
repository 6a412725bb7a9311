import { html } from '../html.ts';
import { checkOption, type OptionSpec } from '../option-specs.ts';

export interface OptionState {
  readonly value: unknown;
  readonly origin: 'default' | 'file' | 'changed';
  readonly applies: boolean;
  /** Whether it is not the default. */
  readonly differs: boolean;
  /** The file's own value, undefined if it has none. */
  readonly inFile: unknown;
  readonly choices: readonly unknown[] | undefined;
}

/** One option: a choice or a number, and where its value is from. */
export class OptionField {
  readonly spec: OptionSpec;
  readonly element: HTMLElement;
  readonly #control: HTMLSelectElement | HTMLInputElement;
  readonly #origin = html('span', { class: 'origin' });
  #choices: readonly unknown[] = [];

  constructor(spec: OptionSpec, onChange: (value: unknown) => void) {
    this.spec = spec;
    const id = `option-${spec.name.replaceAll('_', '-')}`;
    this.#control = spec.choices
      ? html('select', { id })
      : html('input', { id, type: 'number', step: String(spec.range!.step === 1 ? 1 : 'any') });
    if (this.#control instanceof HTMLInputElement && spec.range!.step !== 1) {
      this.#control.min = String(spec.range!.min);
      this.#control.max = String(spec.range!.max);
    }
    this.#control.addEventListener('change', () => {
      const value = this.#read();
      const expected = checkOption(spec, value);
      this.#control.setCustomValidity(expected === null || spec.choices ? '' : `Expected ${expected}.`);
      if (this.#control.reportValidity()) onChange(value);
    });
    this.element = html(
      'div',
      { class: 'option' },
      html('label', { for: id }, spec.label),
      this.#control,
      this.#origin,
    );
  }

  show({ value, origin, applies, differs, inFile, choices }: OptionState): void {
    const control = this.#control;
    if (control instanceof HTMLSelectElement) {
      this.#choices = choices ?? [];
      control.replaceChildren(
        ...this.#choices.map((choice, i) => html('option', { value: String(i) }, textOf(choice))),
      );
      control.value = String(this.#choices.indexOf(value));
    } else {
      control.setCustomValidity('');
      control.value = typeof value === 'number' ? String(value) : '';
      control.placeholder = value === undefined ? 'none' : '';
    }
    control.disabled = !applies;
    this.#origin.textContent = !applies
      ? 'does not apply'
      : origin === 'changed'
        ? inFile === undefined
          ? 'changed'
          : `changed; file: ${textOf(inFile)}`
        : origin;
    this.element.classList.toggle('differs', differs);
  }

  #read(): unknown {
    if (this.#control instanceof HTMLSelectElement) return this.#choices[Number(this.#control.value)];
    const { valueAsNumber } = this.#control;
    return Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
  }
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')).slice(0, 30);
}
