import { html } from './html.ts';

export interface Place {
  readonly column: number;
  readonly row: number;
}

export interface Cell {
  readonly text: string;
  /** For screen readers, and where a cell is too small for its text. */
  readonly label: string;
  readonly ground: string;
  readonly ink: string;
}

export interface SweepGridListener {
  onChoice(place: Place): void;
  /** A pointer or the keyboard's focus is at a cell, or has left. */
  onLook(place: Place | null): void;
}

/** From a key to how far it goes, in columns and rows. */
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
};

/**
 * A grid by the ARIA pattern: one stop of the Tab key, arrows go from cell to cell, and Enter, Space or a click chooses.
 */
export class SweepGrid {
  readonly table = html('table', { role: 'grid', 'aria-labelledby': 'sweep-title' });
  readonly #listener: SweepGridListener;
  #cells: HTMLTableCellElement[][] = [];
  /** The cell that the Tab key stops at. */
  #stop: Place = { column: 0, row: 0 };

  constructor(listener: SweepGridListener) {
    this.#listener = listener;
    this.table.addEventListener('click', ({ target }) => this.#choose(this.#placeOf(target)));
    this.table.addEventListener('pointerover', ({ target }) => listener.onLook(this.#placeOf(target)));
    this.table.addEventListener('pointerleave', () => listener.onLook(null));
    this.table.addEventListener('focusin', ({ target }) => listener.onLook(this.#placeOf(target)));
    this.table.addEventListener('focusout', () => listener.onLook(null));
    this.table.addEventListener('keydown', (event) => {
      const [columns, rows] = STEPS[event.key] ?? [0, 0];
      if (event.key === 'Enter' || event.key === ' ') this.#choose(this.#placeOf(event.target));
      else if (event.key in STEPS) this.#go({ column: this.#stop.column + columns, row: this.#stop.row + rows });
      else return;
      event.preventDefault();
    });
  }

  build(columns: readonly string[], rows: readonly string[]): void {
    this.#cells = rows.map(() => columns.map(() => html('td', { role: 'gridcell' })));
    const corner = html('th', { class: 'corner', scope: 'col' }, html('i', {}, 'α'), ' \\ ', html('i', {}, 'γ'));
    const head = html('tr', {}, corner, ...columns.map((title) => html('th', { scope: 'col' }, title)));
    const body = this.#cells.map((cells, row) => html('tr', {}, html('th', { scope: 'row' }, rows[row]!), ...cells));
    this.table.replaceChildren(html('thead', {}, head), html('tbody', {}, ...body));
    this.#tabTo({ column: 0, row: 0 });
  }

  paint(cellAt: (place: Place) => Cell): void {
    this.#each((cell, place) => {
      const { text, label, ground, ink } = cellAt(place);
      cell.style.setProperty('--ground', ground);
      cell.style.setProperty('--on-ground', ink);
      cell.setAttribute('aria-label', label);
      cell.replaceChildren(html('span', {}, text));
    });
  }

  select(selected: Place | null): void {
    this.#each((cell, { column, row }) => {
      cell.setAttribute('aria-selected', String(column === selected?.column && row === selected.row));
    });
    if (selected) this.#tabTo(selected);
  }

  #each(visit: (cell: HTMLTableCellElement, place: Place) => void): void {
    this.#cells.forEach((cells, row) => {
      cells.forEach((cell, column) => {
        visit(cell, { column, row });
      });
    });
  }

  #choose(place: Place | null): void {
    if (!place) return;
    this.#go(place);
    this.#listener.onChoice(place);
  }

  #placeOf(target: EventTarget | null): Place | null {
    let found: Place | null = null;
    const touched = target instanceof Element ? target.closest('td') : null;
    this.#each((cell, place) => {
      if (cell === touched) found = place;
    });
    return found;
  }

  #go({ column, row }: Place): void {
    const clamp = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
    this.#tabTo({ column: clamp(column, this.#cells[0]!.length), row: clamp(row, this.#cells.length) });
    this.#cells[this.#stop.row]![this.#stop.column]!.focus();
  }

  #tabTo(stop: Place): void {
    this.#stop = stop;
    this.#each((cell, { column, row }) => {
      cell.tabIndex = column === stop.column && row === stop.row ? 0 : -1;
    });
  }
}
