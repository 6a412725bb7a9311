import { html } from '../html.ts';

/** Sentences on what the page has left out, or waits for. */
export class NoteList {
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  show(notes: readonly string[]): void {
    this.#list.replaceChildren(...notes.map((note) => html('li', {}, note)));
    this.#list.hidden = notes.length === 0;
  }
}
