import type { Sweep, SweepPoint } from './answer.ts';
import { heat } from './heat.ts';
import { find, html } from './html.ts';
import { describe, type Setting } from './setting.ts';
import { SWEEP_METRICS, type SweepMetric } from './sweep-metric.ts';

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
 * The sweep as a map: gamma along, alpha upwards. A grid by the ARIA pattern: one stop of the Tab key, arrows go from
 * cell to cell, and Enter, Space or a click chooses.
 */
export class SweepFigure {
  readonly #figure: HTMLElement;
  readonly #grid: HTMLTableElement;
  readonly #metrics: HTMLSelectElement;
  #rows: SweepPoint[][] = [];
  #cells: HTMLTableCellElement[][] = [];
  #stop: readonly [number, number] = [0, 0];
  #setting: Setting = { gamma: 2, alpha: null };

  constructor(figure: HTMLElement, onChoice: (setting: Setting) => void) {
    this.#figure = figure;
    this.#grid = html('table', { role: 'grid', 'aria-labelledby': 'sweep-title' });
    find('.map', figure).append(this.#grid);
    this.#metrics = find<HTMLSelectElement>('select', figure);
    this.#metrics.addEventListener('change', () => this.#paint());
    const choose = (target: EventTarget | null) => {
      const at = this.#placeOf(target);
      if (!at) return;
      this.#moveTo(at);
      const { gamma, alpha } = this.#rows[at[1]]![at[0]]!;
      onChoice({ gamma, alpha });
    };
    this.#grid.addEventListener('click', ({ target }) => choose(target));
    this.#grid.addEventListener('pointerover', ({ target }) => this.#read(this.#placeOf(target)));
    this.#grid.addEventListener('pointerleave', () => this.#read(null));
    this.#grid.addEventListener('keydown', (event) => {
      const step = STEPS[event.key];
      if (event.key === 'Enter' || event.key === ' ') choose(event.target);
      else if (step) this.#moveTo([this.#stop[0] + step[0], this.#stop[1] + step[1]]);
      else return;
      event.preventDefault();
    });
  }

  /** @param sides whether there are negatives */
  show(sweep: Sweep, sides: boolean): void {
    const byAlpha = Map.groupBy(sweep.grid, ({ alpha }) => alpha);
    this.#rows = [...byAlpha].sort(([a], [b]) => (b ?? -1) - (a ?? -1)).map(([, points]) => points);
    this.#figure.hidden = false;
    const metrics = SWEEP_METRICS.filter(({ needsSides }) => sides || !needsSides);
    const before = this.#metrics.value;
    this.#metrics.replaceChildren(...metrics.map(({ id, title }) => html('option', { value: id }, title)));
    if (metrics.some(({ id }) => id === before)) this.#metrics.value = before;

    this.#cells = this.#rows.map((points) => points.map(() => html('td', { role: 'gridcell', tabindex: '-1' })));
    const body = this.#cells.map((cells, row) => {
      const { alpha } = this.#rows[row]![0]!;
      return html('tr', {}, html('th', { scope: 'row' }, alpha === null ? 'off' : String(alpha)), ...cells);
    });
    const gammas = (this.#rows[0] ?? []).map(({ gamma }) => html('th', { scope: 'col' }, String(gamma)));
    const head = html('tr', {}, html('th', { scope: 'col' }, 'α \\ γ'), ...gammas);
    this.#grid.replaceChildren(html('thead', {}, head), html('tbody', {}, ...body));
    this.#stop = [0, 0];
    this.#paint();
    this.mark(this.#setting);
  }

  /** Marks the cell of the setting, if there is one. */
  mark(setting: Setting): void {
    this.#setting = setting;
    this.#cells.forEach((cells, row) => {
      cells.forEach((cell, column) => {
        const { gamma, alpha } = this.#rows[row]![column]!;
        const chosen = gamma === setting.gamma && alpha === setting.alpha;
        cell.setAttribute('aria-selected', String(chosen));
        if (chosen) this.#stop = [column, row];
      });
    });
    this.#tabTo(this.#stop);
    this.#read(null);
  }

  clear(): void {
    this.#figure.hidden = true;
  }

  get #metric(): SweepMetric {
    return SWEEP_METRICS.find(({ id }) => id === this.#metrics.value) ?? SWEEP_METRICS[0]!;
  }

  #paint(): void {
    const { value, format, meaning, most } = this.#metric;
    find('.meaning', this.#figure).textContent = meaning;
    const darkest = most ?? Math.max(...this.#rows.flat().map((point) => value(point) ?? 0));
    this.#cells.forEach((cells, row) => {
      cells.forEach((cell, column) => {
        const point = this.#rows[row]![column]!;
        const at = value(point);
        const { ground, ink } = heat(at === null || darkest === 0 ? 0 : at / darkest);
        cell.style.setProperty('--ground', ground);
        cell.style.setProperty('--ink', ink);
        cell.replaceChildren(html('span', {}, at === null ? '–' : format(at)));
        cell.setAttribute('aria-label', `${describe(point)}: ${at === null ? 'nothing' : format(at)}`);
      });
    });
    this.#read(null);
  }

  /** Says in words what a cell shows; that of the setting when there is none. */
  #read(at: readonly [number, number] | null): void {
    const { value, format } = this.#metric;
    const { gamma, alpha } = this.#setting;
    const point = at
      ? this.#rows[at[1]]![at[0]]!
      : this.#rows.flat().find((one) => one.gamma === gamma && one.alpha === alpha);
    const shown = point && value(point);
    find('.reading', this.#figure).textContent =
      point === undefined
        ? `${describe(this.#setting)} is between the cells`
        : `${describe(point)}: ${shown == null ? '–' : format(shown)}`;
  }

  #placeOf(target: EventTarget | null): readonly [number, number] | null {
    const cell = target instanceof Element ? target.closest('td') : null;
    const row = this.#cells.findIndex((cells) => cells.includes(cell as HTMLTableCellElement));
    return row < 0 ? null : [this.#cells[row]!.indexOf(cell as HTMLTableCellElement), row];
  }

  #moveTo([column, row]: readonly [number, number]): void {
    const clamp = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
    this.#tabTo([clamp(column, this.#cells[0]!.length), clamp(row, this.#cells.length)]);
    this.#cells[this.#stop[1]]![this.#stop[0]]!.focus();
    this.#read(this.#stop);
  }

  #tabTo([column, row]: readonly [number, number]): void {
    this.#cells[this.#stop[1]]?.[this.#stop[0]]?.setAttribute('tabindex', '-1');
    for (const cell of this.#cells.flat()) cell.setAttribute('tabindex', '-1');
    this.#stop = [column, row];
    this.#cells[row]?.[column]?.setAttribute('tabindex', '0');
  }
}
