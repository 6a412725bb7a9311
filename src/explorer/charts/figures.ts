import { find } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import { FOCAL_LOSS, type LossForm } from '../loss-form.ts';
import type { ClassBreakdown, Evaluation } from '../service/evaluation.ts';
import type { StartSource } from '../service/start-source.ts';
import type { Sweep } from '../service/sweep.ts';
import { drawCalibrationChart } from './calibration-chart.ts';
import { ChartCursor } from './chart-cursor.ts';
import { drawClassChart } from './class-chart.ts';
import { ClassFilter } from './class-filter.ts';
import { ClassTable } from './class-table.ts';
import { drawCumulativeChart } from './cumulative-chart.ts';
import { drawCurvesChart } from './curves-chart.ts';
import { drawDifficultyChart } from './difficulty-chart.ts';
import { describeInitialLogits } from './initial-logits.ts';
import type { PinnedLoss } from './pinned-loss.ts';
import { StartPanel } from './start-panel.ts';
import { SweepChart } from './sweep-chart.ts';
import { sidesWithLoss } from './totals.ts';

/** The figures whose values a cursor reads, and where in them it does. */
const READABLE = {
  curves: '.chart-pair',
  difficulty: '.panels',
  cumulative: '.chart-pair',
  classes: '.class-rows',
  calibration: '.chart-pair',
} as const;
/** What is hidden until there is a batch. */
const OF_BATCH = ['difficulty', 'cumulative', 'classes', 'calibration', 'table', 'export'] as const;

/** The page's figures: the charts and the table, each with its caption. They are redrawn when their data or width changes. */
export class Figures {
  readonly #root: HTMLElement;
  readonly #sweep: SweepChart;
  readonly #start: StartPanel;
  readonly #table: ClassTable;
  readonly #filter: ClassFilter;
  readonly #cursors: Readonly<Record<keyof typeof READABLE, ChartCursor>>;
  readonly #normalizeSides: HTMLInputElement;
  #parameters: HyperParameters = { gamma: 2, alpha: 0.25 };
  #form: LossForm = FOCAL_LOSS;
  #evaluation: Evaluation | null = null;
  #pinned: PinnedLoss | null = null;

  constructor(root: HTMLElement, onSelect: (parameters: HyperParameters) => void) {
    this.#root = root;
    this.#sweep = new SweepChart(find('.sweep', root), onSelect);
    this.#start = new StartPanel(find('.start', root), {
      onRecommendation: (point) => this.#sweep.recommend(point),
      onSelect,
    });
    this.#table = new ClassTable(find('.scroll-area', root));
    this.#filter = new ClassFilter([...root.querySelectorAll<HTMLElement>('.class-filter')], () =>
      this.#filterClasses(),
    );
    this.#cursors = Object.fromEntries(
      Object.entries(READABLE).map(([name, charts]) => {
        const figure = this.#figure(name);
        return [name, new ChartCursor(find(charts, figure), find('h2', figure).textContent)];
      }),
    ) as Record<keyof typeof READABLE, ChartCursor>;
    this.#normalizeSides = find<HTMLInputElement>('#normalize-sides', root);
    this.#normalizeSides.addEventListener('change', () => this.#draw());
    // Text that wraps changes the height, which no chart depends on.
    let width = 0;
    new ResizeObserver(() => {
      if (root.clientWidth === width) return;
      width = root.clientWidth;
      this.#draw();
    }).observe(root);
  }

  showParameters(parameters: HyperParameters, form: LossForm): void {
    this.#parameters = parameters;
    this.#form = form;
    this.#sweep.select(parameters);
    this.#drawCurves();
  }

  showEvaluation(evaluation: Evaluation): void {
    this.#evaluation = evaluation;
    this.#sweep.showCurrent(evaluation.per_class);
    for (const name of OF_BATCH) this.#figure(name).hidden = false;
    const hasNoLoss = sidesWithLoss(evaluation).length === 0;
    for (const name of ['difficulty', 'cumulative', 'calibration']) this.#figure(name).hidden = hasNoLoss;
    this.#filter.show(evaluation.per_class);
    this.#showTable(evaluation.per_class);
    this.#draw();
  }

  /** Outlines a setting in all figures, beside the current one. */
  showPinned(pinned: PinnedLoss | null): void {
    if (pinned?.evaluation === this.#pinned?.evaluation) return;
    this.#pinned = pinned;
    this.#root.classList.toggle('has-pinned', pinned !== null);
    this.#sweep.pin(pinned?.parameters ?? null);
    this.#draw();
  }

  /** @param classes those of the evaluation, with a prior and an initial logit each */
  showPriors(classes: readonly ClassBreakdown[]): void {
    this.#showTable(classes);
  }

  showSweep(sweep: Sweep, source: StartSource): void {
    this.#sweep.show(sweep, this.#evaluation?.per_class ?? [], !this.#form.softmax);
    if (this.#evaluation) this.#start.show(this.#evaluation, this.#form, sweep, source);
  }

  /** Hides all figures that depend on a batch. */
  clear(): void {
    this.#evaluation = null;
    this.#sweep.clear();
    this.#start.clear();
    for (const name of OF_BATCH) this.#figure(name).hidden = true;
  }

  #figure(name: string): HTMLElement {
    return find(`.figure.${name}`, this.#root);
  }

  #showTable(classes: readonly ClassBreakdown[]): void {
    if (!this.#evaluation) return;
    const note = describeInitialLogits(classes, this.#evaluation, this.#parameters, this.#form);
    find('.initial-logits', this.#root).textContent = note;
    this.#table.show(classes);
  }

  #filterClasses(): void {
    this.#table.filter((row) => this.#filter.matches(row));
    this.#drawClasses();
  }

  #draw(): void {
    this.#drawCurves();
    if (!this.#evaluation) return;
    if (sidesWithLoss(this.#evaluation).length > 0) {
      const { difficulty, cumulative, calibration } = this.#cursors;
      const isNormalized = this.#normalizeSides.checked;
      difficulty.show(drawDifficultyChart(this.#figure('difficulty'), this.#evaluation, isNormalized, this.#pinned));
      cumulative.show(drawCumulativeChart(this.#figure('cumulative'), this.#evaluation, this.#pinned));
      const parts = [this.#evaluation, this.#parameters, this.#form, this.#pinned] as const;
      calibration.show(drawCalibrationChart(this.#figure('calibration'), ...parts));
    }
    this.#drawClasses();
    this.#table.draw();
  }

  #drawCurves(): void {
    this.#cursors.curves.show(drawCurvesChart(this.#figure('curves'), this.#parameters, this.#form, this.#pinned));
  }

  #drawClasses(): void {
    if (!this.#evaluation) return;
    this.#cursors.classes.show(drawClassChart(this.#figure('classes'), this.#evaluation, this.#filter, this.#pinned));
  }
}
