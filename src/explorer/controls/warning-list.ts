import { html } from '../html.ts';
import type { ServiceWarning } from '../service/evaluation.ts';
import { formatPointer } from './format-pointer.ts';

/** Shows what the service takes for a mistake in the batch, a line for each warning. */
export class WarningList {
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  show(warnings: readonly ServiceWarning[]): void {
    const lines = warnings.map(({ code, message, pointer = '' }) =>
      html('li', {}, html('code', {}, code), ' ', ...formatPointer(pointer), message),
    );
    this.#list.replaceChildren(...lines);
    this.#list.hidden = lines.length === 0;
  }
}
