import { formatMath } from '../format-math.ts';
import { find, html } from '../html.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import { CLASS_COLUMNS } from './class-columns.ts';
import { createClassName } from './class-name.ts';
import { hintOverflow } from './overflow-hint.ts';

/** In pixels, as in styles/base.css. */
const ROW_HEIGHT = 34;
/** Rows that are rendered above and below the visible ones, so that scrolling shows no gap. */
const OVERSCAN_ROWS = 6;

type SortOrder = 'ascending' | 'descending';

/** All classes, sorted by any column. Only the visible rows are in the document, however many classes there are. */
export class ClassTable {
  readonly #scrollArea: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #headers: HTMLTableCellElement[];
  readonly #body = html('tbody');
  #sorted: readonly ClassBreakdown[] = [];
  /** Those of the sorted classes that the filter lets through. */
  #classes: readonly ClassBreakdown[] = [];
  #matches: (row: ClassBreakdown) => boolean = () => true;
  #column = 1;
  #order: SortOrder = 'descending';

  constructor(scrollArea: HTMLElement) {
    this.#scrollArea = scrollArea;
    this.#table = find<HTMLTableElement>('table', scrollArea);
    this.#headers = CLASS_COLUMNS.map(({ title }, column) => {
      const button = html('button', { type: 'button' }, ...formatMath(title));
      button.addEventListener('click', () => this.#sortBy(column));
      return html('th', { scope: 'col' }, button);
    });
    this.#table.append(html('thead', {}, html('tr', { 'aria-rowindex': '1' }, ...this.#headers)), this.#body);
    scrollArea.addEventListener('scroll', () => this.draw());
    hintOverflow(scrollArea);
  }

  show(classes: readonly ClassBreakdown[]): void {
    this.#sorted = classes;
    this.#sort();
  }

  /** Shows only the classes that match, in the order that they have. */
  filter(matches: (row: ClassBreakdown) => boolean): void {
    this.#matches = matches;
    this.#scrollArea.scrollTop = 0;
    this.#filterRows();
  }

  #filterRows(): void {
    this.#classes = this.#sorted.filter(this.#matches);
    this.#table.setAttribute('aria-rowcount', String(this.#classes.length + 1));
    this.draw();
  }

  /** Renders the visible rows. */
  draw(): void {
    const { scrollTop, clientHeight } = this.#scrollArea;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - OVERSCAN_ROWS);
    const last = Math.min(this.#classes.length, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + OVERSCAN_ROWS);
    const rows = this.#classes.slice(first, last).map((row, i) => createRow(row, first + i + 2));
    this.#body.replaceChildren(createSpacer(first), ...rows, createSpacer(this.#classes.length - last));
  }

  #sortBy(column: number): void {
    const isSorted = column === this.#column;
    this.#order =
      isSorted && this.#order === 'descending' ? 'ascending' : isSorted || column > 0 ? 'descending' : 'ascending';
    this.#column = column;
    this.#sort();
    this.#scrollArea.scrollTop = 0;
  }

  #sort(): void {
    this.#headers.forEach((header, column) => {
      if (column === this.#column) header.setAttribute('aria-sort', this.#order);
      else header.removeAttribute('aria-sort');
    });
    const { value } = CLASS_COLUMNS[this.#column]!;
    const sign = this.#order === 'ascending' ? 1 : -1;
    this.#sorted = this.#sorted.toSorted((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      const order =
        typeof left === 'string' ? left.localeCompare(String(right), 'en', { numeric: true }) : left - Number(right);
      return sign * order || a.class - b.class;
    });
    this.#filterRows();
  }
}

function createRow(row: ClassBreakdown, index: number): HTMLTableRowElement {
  const [name, ...numbers] = CLASS_COLUMNS.map(({ text }) => text(row));
  const cells = numbers.map((text) => html('td', {}, text));
  return html('tr', { 'aria-rowindex': String(index) }, html('th', { scope: 'row' }, createClassName(name!)), ...cells);
}

/** Takes the place of the rows that are not rendered. */
function createSpacer(rows: number): HTMLTableRowElement {
  const element = html('tr', { class: 'spacer', 'aria-hidden': 'true' });
  element.style.height = `${rows * ROW_HEIGHT}px`;
  element.hidden = rows === 0;
  return element;
}
