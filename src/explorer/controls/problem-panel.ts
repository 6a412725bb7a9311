import { find, html } from '../html.ts';
import type { Problem } from '../service/problem.ts';
import { formatPointer } from './format-pointer.ts';

/** Shows an error of the service: its own message, with the JSON pointers. */
export class ProblemPanel {
  readonly #panel: HTMLElement;

  constructor(panel: HTMLElement, onRetry: () => void) {
    this.#panel = panel;
    find('button', panel).addEventListener('click', () => onRetry());
  }

  show({ title, detail, errors = [], more = 0, request_id: id }: Problem): void {
    find('h2', this.#panel).textContent = title;
    find('.detail', this.#panel).textContent = errors.length > 0 ? '' : detail;
    const items = errors.map(({ pointer, message }) => html('li', {}, ...formatPointer(pointer), message));
    if (more > 0) items.push(html('li', {}, `and ${more} more`));
    find('ul', this.#panel).replaceChildren(...items);
    find('.request-id', this.#panel).textContent = id === undefined ? '' : `Request ${id}`;
    this.#panel.hidden = false;
    this.#panel.scrollIntoView({ block: 'nearest' });
  }

  clear(): void {
    this.#panel.hidden = true;
  }
}
