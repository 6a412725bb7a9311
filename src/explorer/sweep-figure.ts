import type { ClassBreakdown, Sweep, SweepPoint } from './answer.ts';
import { className } from './class-figure.ts';
import { heat } from './heat.ts';
import { find, html } from './html.ts';
import { describe, describeAlpha, type Setting, sameAlpha } from './setting.ts';
import { type Place, SweepGrid } from './sweep-grid.ts';
import { SWEEP_METRICS, type SweepMetric } from './sweep-metric.ts';

/** Of so many classes, those with the most cross-entropy, one can be chosen. */
const MOST_CLASSES = 100;

/** The sweep as a map: gamma along, alpha upwards, and in the cells what is chosen to be shown. */
export class SweepFigure {
  readonly #figure: HTMLElement;
  readonly #grid: SweepGrid;
  readonly #metrics: HTMLSelectElement;
  readonly #classes: HTMLSelectElement;
  #rows: readonly (readonly SweepPoint[])[] = [];
  #setting: Setting = { gamma: 2, alpha: null };

  constructor(figure: HTMLElement, onChoice: (setting: Setting) => void) {
    this.#figure = figure;
    this.#metrics = find<HTMLSelectElement>('.metric select', figure);
    this.#classes = find<HTMLSelectElement>('.class-choice select', figure);
    for (const select of [this.#metrics, this.#classes]) select.addEventListener('change', () => this.#paint());
    this.#grid = new SweepGrid({
      onChoice: (place) => {
        const { gamma, alpha } = this.#at(place);
        onChoice({ gamma, alpha });
      },
      onLook: (place) => this.#read(place),
    });
    find('.map', figure).append(this.#grid.table);
  }

  /** @param sided whether there are negatives */
  show({ grid }: Sweep, classes: readonly ClassBreakdown[], sided: boolean): void {
    const byAlpha = Map.groupBy(grid, ({ alpha }) => JSON.stringify(alpha));
    this.#rows = [...byAlpha.values()];
    const has = { sides: sided, classes: classes.length > 1 };
    const metrics = SWEEP_METRICS.filter(({ needs }) => needs === null || has[needs]);
    const before = this.#metrics.value;
    this.#metrics.replaceChildren(...metrics.map(({ id, title }) => html('option', { value: id }, title)));
    if (metrics.some(({ id }) => id === before)) this.#metrics.value = before;
    const largest = classes.toSorted((a, b) => b.cross_entropy.total - a.cross_entropy.total).slice(0, MOST_CLASSES);
    this.#classes.replaceChildren(
      ...largest.map((one) => html('option', { value: String(one.class) }, className(one))),
    );

    const gammas = (this.#rows[0] ?? []).map(({ gamma }) => String(gamma));
    const alphas = this.#rows.map(([first]) => describeAlpha(first!.alpha));
    this.#grid.build(gammas, alphas);
    this.#figure.hidden = false;
    this.#paint();
    this.mark(this.#setting);
  }

  /** Marks the cell of the setting, if there is one. */
  mark(setting: Setting): void {
    this.#setting = setting;
    const row = this.#rows.findIndex(([first]) => sameAlpha(first!.alpha, setting.alpha));
    const column = this.#rows[row]?.findIndex(({ gamma }) => gamma === setting.gamma) ?? -1;
    this.#grid.select(column < 0 ? null : { column, row });
    this.#read(null);
  }

  clear(): void {
    this.#figure.hidden = true;
    this.#rows = [];
  }

  get #metric(): SweepMetric {
    return SWEEP_METRICS.find(({ id }) => id === this.#metrics.value) ?? SWEEP_METRICS[0]!;
  }

  #at({ column, row }: Place): SweepPoint {
    return this.#rows[row]![column]!;
  }

  #valueOf(point: SweepPoint): number | null {
    return this.#metric.value(point, Number(this.#classes.value));
  }

  #textOf(point: SweepPoint): string {
    const value = this.#valueOf(point);
    return value === null ? '–' : this.#metric.format(value);
  }

  #paint(): void {
    const { meaning, range, needs } = this.#metric;
    find('.meaning', this.#figure).textContent = meaning;
    find('.class-choice', this.#figure).hidden = needs !== 'classes';
    const values = this.#rows.flat().map((point) => this.#valueOf(point) ?? 0);
    const [lightest, darkest] = range ?? [Math.min(...values), Math.max(...values)];
    this.#grid.paint((place) => {
      const point = this.#at(place);
      const level = ((this.#valueOf(point) ?? 0) - lightest) / (darkest - lightest || 1);
      const { ground, ink } = heat(level);
      const text = this.#textOf(point);
      return { text, label: `${describe(point)}: ${text}`, ground, ink };
    });
    this.#read(null);
  }

  /** Says in words what a cell shows; that of the setting when there is none. */
  #read(place: Place | null): void {
    const { gamma, alpha } = this.#setting;
    const current = this.#rows.flat().find((one) => one.gamma === gamma && sameAlpha(one.alpha, alpha));
    const point = place ? this.#at(place) : current;
    find('.reading', this.#figure).textContent = point
      ? `${describe(point)}: ${this.#textOf(point)}`
      : `${describe(this.#setting)} lies between the cells`;
  }
}
