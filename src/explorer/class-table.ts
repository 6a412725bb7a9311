import type { ClassBreakdown } from './answer.ts';
import { CLASS_COLUMNS } from './class-column.ts';
import { find, html } from './html.ts';
import { prose } from './symbols.ts';

/** In pixels, as in the style sheet. */
const ROW_HEIGHT = 34;
/** Above and below what is seen, so that a scroll shows no gap. */
const SPARE_ROWS = 6;

type Order = 'ascending' | 'descending';

/** All classes, sorted by any column. Only the rows in sight are in the document, however many there are. */
export class ClassTable {
  readonly #scroller: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #headers: HTMLTableCellElement[];
  readonly #body = html('tbody');
  #classes: readonly ClassBreakdown[] = [];
  #column = 1;
  #order: Order = 'descending';

  constructor(scroller: HTMLElement) {
    this.#scroller = scroller;
    this.#table = find<HTMLTableElement>('table', scroller);
    this.#headers = CLASS_COLUMNS.map(({ title }, column) => {
      const button = html('button', { type: 'button' }, ...prose(title));
      button.addEventListener('click', () => this.#sortBy(column));
      return html('th', { scope: 'col' }, button);
    });
    this.#table.append(html('thead', {}, html('tr', { 'aria-rowindex': '1' }, ...this.#headers)), this.#body);
    scroller.addEventListener('scroll', () => this.draw());
  }

  show(classes: readonly ClassBreakdown[]): void {
    this.#classes = classes;
    this.#table.setAttribute('aria-rowcount', String(classes.length + 1));
    this.#sort();
  }

  /** Puts those rows in that are in sight. */
  draw(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(this.#classes.length, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + SPARE_ROWS);
    const rows = this.#classes.slice(first, last).map((row, i) => rowElement(row, first + i + 2));
    this.#body.replaceChildren(gap(first), ...rows, gap(this.#classes.length - last));
  }

  #sortBy(column: number): void {
    const again = column === this.#column;
    this.#order =
      again && this.#order === 'descending' ? 'ascending' : again || column > 0 ? 'descending' : 'ascending';
    this.#column = column;
    this.#sort();
    this.#scroller.scrollTop = 0;
  }

  #sort(): void {
    this.#headers.forEach((header, column) => {
      if (column === this.#column) header.setAttribute('aria-sort', this.#order);
      else header.removeAttribute('aria-sort');
    });
    const { value } = CLASS_COLUMNS[this.#column]!;
    const sign = this.#order === 'ascending' ? 1 : -1;
    this.#classes = this.#classes.toSorted((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      const order =
        typeof left === 'string' ? left.localeCompare(String(right), 'en', { numeric: true }) : left - Number(right);
      return sign * order || a.class - b.class;
    });
    this.draw();
  }
}

function rowElement(row: ClassBreakdown, index: number): HTMLTableRowElement {
  const [name, ...numbers] = CLASS_COLUMNS.map(({ text }) => text(row));
  const cells = numbers.map((text) => html('td', {}, text));
  return html('tr', { 'aria-rowindex': String(index) }, html('th', { scope: 'row', title: name! }, name!), ...cells);
}

/** As high as the rows that are left out. */
function gap(rows: number): HTMLTableRowElement {
  const element = html('tr', { class: 'gap', 'aria-hidden': 'true' });
  element.style.height = `${rows * ROW_HEIGHT}px`;
  element.hidden = rows === 0;
  return element;
}
