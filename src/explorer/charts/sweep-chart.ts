import { find, html } from '../html.ts';
import { describeAlpha, describeParameters, type HyperParameters, isPoint, sameAlpha } from '../hyper-parameters.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import type { Sweep, SweepPoint } from '../service/sweep.ts';
import { classLabel } from './class-label.ts';
import { colorScale } from './color-scale.ts';
import { type CellPosition, SweepGrid } from './sweep-grid.ts';
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

  constructor(figure: HTMLElement, onSelect: (parameters: HyperParameters) => void) {
    this.#figure = figure;
    this.#metricSelect = find<HTMLSelectElement>('.metric select', figure);
    this.#classSelect = find<HTMLSelectElement>('.metric-class select', figure);
    for (const select of [this.#metricSelect, this.#classSelect]) {
      select.addEventListener('change', () => this.#colorCells());
    }
    this.#grid = new SweepGrid({
      onSelect: (position) => {
        const { gamma, alpha } = this.#pointAt(position);
        onSelect({ gamma, alpha });
      },
      onHighlight: (position) => this.#describeCell(position),
    });
    find('.heatmap', figure).append(this.#grid.table);
  }

  /** @param hasSides whether negatives can have a loss */
  show({ grid }: Sweep, classes: readonly ClassBreakdown[], hasSides: boolean): void {
    const byAlpha = Map.groupBy(grid, ({ alpha }) => JSON.stringify(alpha));
    this.#rows = [...byAlpha.values()];
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

  /** Selects the cell with this gamma and alpha, if there is one. */
  select(parameters: HyperParameters): void {
    this.#parameters = parameters;
    const row = this.#rows.findIndex(([first]) => sameAlpha(first!.alpha, parameters.alpha));
    const column = this.#rows[row]?.findIndex(({ gamma, alpha }) => isPoint(parameters, gamma, alpha)) ?? -1;
    this.#grid.select(column < 0 ? null : { column, row });
    this.#describeCell(null);
  }

  clear(): void {
    this.#figure.hidden = true;
    this.#rows = [];
  }

  get #metric(): SweepMetric {
    return SWEEP_METRICS.find(({ id }) => id === this.#metricSelect.value) ?? SWEEP_METRICS[0]!;
  }

  #pointAt({ column, row }: CellPosition): SweepPoint {
    return this.#rows[row]![column]!;
  }

  #valueOf(point: SweepPoint): number | null {
    return this.#metric.value(point, Number(this.#classSelect.value));
  }

  #textOf(point: SweepPoint): string {
    const value = this.#valueOf(point);
    return value === null ? '–' : this.#metric.format(value);
  }

  #colorCells(): void {
    const { description, domain, needs } = this.#metric;
    find('.summary', this.#figure).textContent = description;
    find('.metric-class', this.#figure).hidden = needs !== 'classes';
    const values = this.#rows.flat().map((point) => this.#valueOf(point) ?? 0);
    const [min, max] = domain ?? [Math.min(...values), Math.max(...values)];
    this.#grid.update((position) => {
      const point = this.#pointAt(position);
      const level = ((this.#valueOf(point) ?? 0) - min) / (max - min || 1);
      const text = this.#textOf(point);
      return { text, label: `${describeParameters(point)}: ${text}`, colors: colorScale(level) };
    });
    this.#describeCell(null);
  }

  /** Writes below the select elements what a cell shows; for null, the cell of the current hyperparameters. */
  #describeCell(position: CellPosition | null): void {
    const { gamma } = this.#parameters;
    const current = this.#rows.flat().find((one) => isPoint(this.#parameters, one.gamma, one.alpha));
    const point = position ? this.#pointAt(position) : current;
    find('.readout', this.#figure).textContent = point
      ? `${describeParameters(point)}: ${this.#textOf(point)}`
      : `${describeParameters(this.#parameters)} is not in the grid${typeof gamma === 'number' ? '' : ', which has one γ for both sides'}.`;
  }
}
