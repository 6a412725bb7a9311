import { find, html } from '../html.ts';
import type { Cure } from '../service/cure.ts';
import type { LabelMistakes } from '../service/label-mistakes.ts';
import type { Problem } from '../service/problem.ts';
import { cureButtons, type OnCure } from './cure-buttons.ts';
import { formatPointer } from './format-pointer.ts';

/** Shows an error of the service: its own message with the JSON pointers, and what probably cures it. */
export class ProblemPanel {
  readonly #panel: HTMLElement;
  readonly #onCure: OnCure;

  constructor(panel: HTMLElement, onRetry: () => void, onCure: OnCure) {
    this.#panel = panel;
    this.#onCure = onCure;
    find('.retry', panel).addEventListener('click', () => onRetry());
  }

  /** @param canRetry whether the same request may succeed later */
  show({ title, detail, errors = [], more = 0, request_id: id }: Problem, canRetry = true): void {
    find('h2', this.#panel).textContent = title;
    find('.detail', this.#panel).textContent = errors.length > 0 ? '' : detail;
    const items = errors.map(({ pointer, message }) => html('li', {}, ...formatPointer(pointer), message));
    if (more > 0) items.push(html('li', {}, `and ${more} more`));
    find('.errors ul', this.#panel).replaceChildren(...items);
    find<HTMLDetailsElement>('.errors', this.#panel).open = true;
    find('.retry', this.#panel).hidden = !canRetry;
    find('.request-id', this.#panel).textContent = id === undefined ? '' : `Request ${id}`;
    this.showCures([], null);
    this.#panel.hidden = false;
    this.#panel.scrollIntoView({ block: 'nearest' });
  }

  /** @param mistakes the labels that are not valid, counted; the service's own list of them is then folded */
  showCures(cures: readonly Cure[], mistakes: LabelMistakes | null): void {
    const rows = (mistakes?.groups ?? []).map(({ text, cures: ofGroup }) =>
      html('div', {}, html('span', { class: 'label-count' }, text), ...cureButtons(ofGroup, this.#onCure, text)),
    );
    const mistakesPart = find('.label-mistakes', this.#panel);
    mistakesPart.hidden = rows.length === 0;
    find('.rows', mistakesPart).replaceChildren(...rows);
    find('.note', mistakesPart).textContent = mistakes?.note ?? '';
    const details = find<HTMLDetailsElement>('.errors', this.#panel);
    details.open = rows.length === 0;
    details.classList.toggle('folds', rows.length > 0);
    find('.cures', this.#panel).replaceChildren(...cureButtons([...(mistakes?.cures ?? []), ...cures], this.#onCure));
  }

  clear(): void {
    this.#panel.hidden = true;
  }
}
