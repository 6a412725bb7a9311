import { html } from '../html.ts';
import type { CellColors } from './color-scale.ts';

export interface CellPosition {
  readonly column: number;
  readonly row: number;
}

export interface Cell {
  readonly text: string;
  /** For screen readers, and if the cell is too small for its text. */
  readonly label: string;
  readonly colors: CellColors;
  readonly isNearHalf: boolean;
  readonly isRecommended: boolean;
  readonly isPinned: boolean;
}

export interface SweepGridListener {
  onSelect(position: CellPosition): void;
  /** The pointer or the focus has entered a cell, or has left it (null). */
  onHighlight(position: CellPosition | null): void;
}

/** The columns and rows by which a key moves the focus. */
const KEY_MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
};

/**
 * A grid that follows the ARIA pattern: it has one tab stop, the arrow keys move between cells, and Enter, Space or a
 * click selects a cell.
 */
export class SweepGrid {
  readonly table = html('table', { role: 'grid', 'aria-labelledby': 'sweep-title' });
  readonly #listener: SweepGridListener;
  #cells: HTMLTableCellElement[][] = [];
  #tabStop: CellPosition = { column: 0, row: 0 };

  constructor(listener: SweepGridListener) {
    this.#listener = listener;
    this.table.addEventListener('click', ({ target }) => this.#selectCell(this.#positionOf(target)));
    this.table.addEventListener('pointerover', ({ target }) => listener.onHighlight(this.#positionOf(target)));
    this.table.addEventListener('pointerleave', () => listener.onHighlight(null));
    this.table.addEventListener('focusin', ({ target }) => listener.onHighlight(this.#positionOf(target)));
    this.table.addEventListener('focusout', () => listener.onHighlight(null));
    this.table.addEventListener('keydown', (event) => {
      const [columns, rows] = KEY_MOVES[event.key] ?? [0, 0];
      if (event.key === 'Enter' || event.key === ' ') this.#selectCell(this.#positionOf(event.target));
      else if (event.key in KEY_MOVES) {
        this.#focus({ column: this.#tabStop.column + columns, row: this.#tabStop.row + rows });
      } else return;
      event.preventDefault();
    });
  }

  build(columns: readonly string[], rows: readonly string[]): void {
    this.#cells = rows.map(() => columns.map(() => html('td', { role: 'gridcell' })));
    const corner = html('th', { class: 'corner', scope: 'col' }, html('i', {}, 'α'), ' \\ ', html('i', {}, 'γ'));
    const head = html('tr', {}, corner, ...columns.map((title) => html('th', { scope: 'col' }, title)));
    const body = this.#cells.map((cells, row) => html('tr', {}, html('th', { scope: 'row' }, rows[row]!), ...cells));
    this.table.replaceChildren(html('thead', {}, head), html('tbody', {}, ...body));
    this.#setTabStop({ column: 0, row: 0 });
  }

  update(cellAt: (position: CellPosition) => Cell): void {
    this.#forEachCell((cell, position) => {
      const { text, label, colors, isNearHalf, isRecommended, isPinned } = cellAt(position);
      cell.style.setProperty('--cell-background', colors.background);
      cell.style.setProperty('--cell-foreground', colors.foreground);
      cell.setAttribute('aria-label', label);
      cell.classList.toggle('near-half', isNearHalf);
      cell.classList.toggle('recommended', isRecommended);
      cell.classList.toggle('pinned-cell', isPinned);
      cell.replaceChildren(html('span', {}, text));
    });
  }

  select(selected: CellPosition | null): void {
    this.#forEachCell((cell, { column, row }) => {
      cell.setAttribute('aria-selected', String(column === selected?.column && row === selected.row));
    });
    if (selected) this.#setTabStop(selected);
  }

  #forEachCell(visit: (cell: HTMLTableCellElement, position: CellPosition) => void): void {
    this.#cells.forEach((cells, row) => {
      cells.forEach((cell, column) => {
        visit(cell, { column, row });
      });
    });
  }

  #selectCell(position: CellPosition | null): void {
    if (!position) return;
    this.#focus(position);
    this.#listener.onSelect(position);
  }

  #positionOf(target: EventTarget | null): CellPosition | null {
    let found: CellPosition | null = null;
    const closest = target instanceof Element ? target.closest('td') : null;
    this.#forEachCell((cell, position) => {
      if (cell === closest) found = position;
    });
    return found;
  }

  #focus({ column, row }: CellPosition): void {
    const clamp = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
    this.#setTabStop({ column: clamp(column, this.#cells[0]!.length), row: clamp(row, this.#cells.length) });
    this.#cells[this.#tabStop.row]![this.#tabStop.column]!.focus();
  }

  #setTabStop(tabStop: CellPosition): void {
    this.#tabStop = tabStop;
    this.#forEachCell((cell, { column, row }) => {
      cell.tabIndex = column === tabStop.column && row === tabStop.row ? 0 : -1;
    });
  }
}
