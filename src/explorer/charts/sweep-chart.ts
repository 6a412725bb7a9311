import { find, html } from '../html.ts';
import { describeAlpha, describeParameters, type HyperParameters, isPoint, sameAlpha } from '../hyper-parameters.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import type { Sweep, SweepPoint } from '../service/sweep.ts';
import { classLabel } from './class-label.ts';
import { colorScale } from './color-scale.ts';
import { isNearHalf } from './near-half.ts';
import { describeChange } from './sweep-change.ts';
import { type CellPosition, SweepGrid } from './sweep-grid.ts';
import { drawSweepLegend } from './sweep-legend.ts';
import { SWEEP_METRICS, type SweepMetric } from './sweep-metrics.ts';

/** The user can select one of so many classes, those with the most cross-entropy. */
const MAX_CLASSES = 100;

/** The sweep as a heatmap: gamma by column, alpha by row, and a selectable metric in the cells. */
export class SweepChart {
  readonly #figure: HTMLElement;
  readonly #grid: SweepGrid;
  readonly #metricSelect: HTMLSelectElement;
  readonly #classSelect: HTMLSelectElement;
  #rows: readonly (readonly SweepPoint[])[] = [];
  #parameters: HyperParameters = { gamma: 2, alpha: null };
  /** The current evaluation's. */
  #classes: readonly ClassBreakdown[] = [];
  #recommended: SweepPoint | null = null;
  #pinned: HyperParameters | null = null;
  /** What the last click has changed; empty if γ or α changed otherwise since. */
  #change = '';

  constructor(figure: HTMLElement, onSelect: (parameters: HyperParameters) => void) {
    this.#figure = figure;
    this.#metricSelect = find<HTMLSelectElement>('.metric select', figure);
    this.#classSelect = find<HTMLSelectElement>('.metric-class select', figure);
    for (const select of [this.#metricSelect, this.#classSelect]) {
      select.addEventListener('change', () => this.#colorCells());
    }
    this.#grid = new SweepGrid({
      onSelect: (position) => {
        const point = this.#pointAt(position);
        const before = this.#currentValue();
        const { gamma, alpha } = point;
        const change = describeChange(this.#parameters, { gamma, alpha }, this.#metric, before, this.#valueOf(point));
        onSelect({ gamma, alpha });
        this.#change = change;
        this.#describeCell(null);
      },
      onHighlight: (position) => this.#describeCell(position),
    });
    find('.heatmap', figure).append(this.#grid.table);
  }

  /** @param hasSides whether negatives can have a loss */
  show({ grid }: Sweep, classes: readonly ClassBreakdown[], hasSides: boolean): void {
    const byAlpha = Map.groupBy(grid, ({ alpha }) => JSON.stringify(alpha));
    this.#rows = [...byAlpha.values()];
    this.#recommended = null;
    const has = { sides: hasSides, classes: classes.length > 1 };
    const metrics = SWEEP_METRICS.filter(({ needs }) => needs === null || has[needs]);
    const previous = this.#metricSelect.value;
    this.#metricSelect.replaceChildren(...metrics.map(({ id, title }) => html('option', { value: id }, title)));
    if (metrics.some(({ id }) => id === previous)) this.#metricSelect.value = previous;
    const largest = classes.toSorted((a, b) => b.cross_entropy.total - a.cross_entropy.total).slice(0, MAX_CLASSES);
    this.#classSelect.replaceChildren(
      ...largest.map((one) => html('option', { value: String(one.class) }, classLabel(one))),
    );

    const gammas = (this.#rows[0] ?? []).map(({ gamma }) => String(gamma));
    const alphas = this.#rows.map(([first]) => describeAlpha(first!.alpha));
    this.#grid.build(gammas, alphas);
    this.#figure.hidden = false;
    this.#colorCells();
    this.select(this.#parameters);
  }

  /** Tells what the batch has at the current hyperparameters, which may be between the cells. */
  showCurrent(classes: readonly ClassBreakdown[]): void {
    this.#classes = classes;
  }

  /** Marks a cell as the one to start with. */
  recommend(point: SweepPoint | null): void {
    this.#recommended = point;
    this.#colorCells();
  }

  /** Marks the cell of a pinned setting. */
  pin(parameters: HyperParameters | null): void {
    this.#pinned = parameters;
    this.#colorCells();
  }

  /** Selects the cell with this gamma and alpha, if there is one. */
  select(parameters: HyperParameters): void {
    this.#parameters = parameters;
    this.#change = '';
    const row = this.#rows.findIndex(([first]) => sameAlpha(first!.alpha, parameters.alpha));
    const column = this.#rows[row]?.findIndex(({ gamma, alpha }) => isPoint(parameters, gamma, alpha)) ?? -1;
    this.#grid.select(column < 0 ? null : { column, row });
    this.#describeCell(null);
  }

  clear(): void {
    this.#figure.hidden = true;
    this.#rows = [];
    this.#classes = [];
  }

  get #metric(): SweepMetric {
    return SWEEP_METRICS.find(({ id }) => id === this.#metricSelect.value) ?? SWEEP_METRICS[0]!;
  }

  #pointAt({ column, row }: CellPosition): SweepPoint {
    return this.#rows[row]![column]!;
  }

  /** The cell of the current hyperparameters. */
  get #current(): SweepPoint | undefined {
    return this.#rows.flat().find(({ gamma, alpha }) => isPoint(this.#parameters, gamma, alpha));
  }

  #valueOf(point: SweepPoint): number | null {
    return this.#metric.value(point, Number(this.#classSelect.value));
  }

  #currentValue(): number | null {
    const current = this.#current;
    return current ? this.#valueOf(current) : this.#metric.current(this.#classes, Number(this.#classSelect.value));
  }

  #textOf(point: SweepPoint): string {
    const value = this.#valueOf(point);
    return value === null ? '–' : this.#metric.format(value);
  }

  #colorCells(): void {
    if (this.#rows.length === 0) return; // The cells of the sweep before are still there, and hidden.
    const { description, scale, cell, needs } = this.#metric;
    find('.sweep-summary', this.#figure).textContent = description;
    find('.metric-class', this.#figure).hidden = needs !== 'classes';
    const isDiverging = scale === 'diverging';
    const values = this.#rows.flat().flatMap((point) => this.#valueOf(point) ?? []);
    const domain = isDiverging ? ([0, 1] as const) : ([Math.min(...values), Math.max(...values)] as const);
    const [min, max] = values.length > 0 ? domain : [0, 1];
    this.#figure.classList.toggle(
      'wide-cells',
      values.some((value) => cell(value).length > 4),
    );
    drawSweepLegend(find('.sweep-legend', this.#figure), this.#metric, [min, max]);
    this.#grid.update((position) => {
      const point = this.#pointAt(position);
      const value = this.#valueOf(point);
      const isRecommended = point === this.#recommended;
      const isPinned = this.#pinned !== null && isPoint(this.#pinned, point.gamma, point.alpha);
      const marks = `${isRecommended ? ', recommended start' : ''}${isPinned ? ', pinned' : ''}`;
      const label = `${describeParameters(point)}: ${this.#textOf(point)}${marks}`;
      return {
        text: value === null ? '–' : cell(value),
        label,
        colors: colorScale(((value ?? min) - min) / (max - min || 1), scale),
        isNearHalf: isDiverging && isNearHalf(value),
        isRecommended,
        isPinned,
      };
    });
    this.#describeCell(null);
  }

  /** Writes what a cell shows; for null, what the last click has changed, or the current cell. */
  #describeCell(position: CellPosition | null): void {
    const { gamma } = this.#parameters;
    const point = position ? this.#pointAt(position) : this.#current;
    const missing = `${describeParameters(this.#parameters)} is not in the grid${typeof gamma === 'number' ? '' : ', which has one γ for both sides'}.`;
    const cell = point ? `${describeParameters(point)}: ${this.#textOf(point)}` : missing;
    find('.sweep-readout', this.#figure).textContent = position === null && this.#change !== '' ? this.#change : cell;
  }
}
