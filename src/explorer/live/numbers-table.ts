import { find, html } from '../html.ts';
import { clockTime } from './format-live.ts';
import { LIVE_CHARTS } from './live-charts.ts';
import type { Moment } from './moment.ts';

interface Column {
  readonly title: string;
  readonly value: (moment: Moment) => number | null;
  readonly text: (moment: Moment) => string;
}

/** All series of all charts. */
const COLUMNS: readonly Column[] = Object.values(LIVE_CHARTS).flatMap(({ title, series, format }) =>
  series.map(({ name, value }) => ({
    title: `${title}, ${name}`,
    value,
    text: (moment: Moment) => {
      const number = value(moment);
      return number === null ? '–' : format(number);
    },
  })),
);

/** What the charts show as a table, the newest interval first. It has rows only while it is open. */
export class NumbersTable {
  readonly #details: HTMLDetailsElement;
  readonly #body = html('tbody');
  #moments: readonly Moment[] = [];

  constructor(details: HTMLDetailsElement) {
    this.#details = details;
    const titles = ['Time', ...COLUMNS.map(({ title }) => title)];
    const head = titles.map((title) => html('th', { scope: 'col' }, title));
    find('table', details).append(html('thead', {}, html('tr', {}, ...head)), this.#body);
    details.addEventListener('toggle', () => this.#draw());
  }

  show(moments: readonly Moment[]): void {
    const shown = new Set(this.#moments);
    const added = moments.filter((moment) => !shown.has(moment));
    this.#moments = moments;
    if (!this.#details.open) return;
    // Two thousand cells are not replaced every two seconds.
    this.#body.prepend(...added.map(createRow).reverse());
    while (this.#body.rows.length > moments.length) this.#body.rows[this.#body.rows.length - 1]!.remove();
  }

  /** The same in full precision: the titles, and the rows with the oldest first. Seconds and bytes have no prefix. */
  cells(): (string | number | null)[][] {
    const titles = ['Time', ...COLUMNS.map(({ title }) => title)];
    const rows = this.#moments.map((moment) => [
      new Date(moment.time).toISOString(),
      ...COLUMNS.map(({ value }) => value(moment)),
    ]);
    return [titles, ...rows];
  }

  #draw(): void {
    this.#body.replaceChildren(...(this.#details.open ? this.#moments.map(createRow).reverse() : []));
  }
}

function createRow(moment: Moment): HTMLTableRowElement {
  const cells = COLUMNS.map(({ text }) => html('td', {}, text(moment)));
  return html('tr', {}, html('th', { scope: 'row' }, clockTime(moment.time)), ...cells);
}
