import { html } from '../html.ts';
import type { Cure } from '../service/cure.ts';
import type { ServiceWarning } from '../service/evaluation.ts';
import { cureButtons, type OnCure } from './cure-buttons.ts';
import { formatPointer } from './format-pointer.ts';

/** Shows what the service takes for a mistake in the batch, a line for each warning, with what cures it. */
export class WarningList {
  readonly #list: HTMLElement;
  readonly #onCure: OnCure;

  constructor(list: HTMLElement, onCure: OnCure) {
    this.#list = list;
    this.#onCure = onCure;
  }

  show(warnings: readonly ServiceWarning[], curesOf: (code: string) => readonly Cure[]): void {
    const lines = warnings.map(({ code, message, pointer = '' }) =>
      html(
        'li',
        {},
        html('code', {}, code),
        ' ',
        ...formatPointer(pointer),
        message,
        ...cureButtons(curesOf(code), this.#onCure),
      ),
    );
    this.#list.replaceChildren(...lines);
    this.#list.hidden = lines.length === 0;
  }
}
