import { find } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import { FOCAL_LOSS, type LossForm } from '../loss-form.ts';
import type { Evaluation } from '../service/evaluation.ts';
import type { Sweep } from '../service/sweep.ts';
import { drawClassChart } from './class-chart.ts';
import { ClassTable } from './class-table.ts';
import { drawCumulativeChart } from './cumulative-chart.ts';
import { drawCurvesChart } from './curves-chart.ts';
import { drawDifficultyChart } from './difficulty-chart.ts';
import { SweepChart } from './sweep-chart.ts';
import { sidesWithLoss } from './totals.ts';

/** The page's figures: the charts and the table, each with its caption. They are redrawn when their data or width changes. */
export class Figures {
  readonly #root: HTMLElement;
  readonly #sweep: SweepChart;
  readonly #table: ClassTable;
  readonly #normalizeSides: HTMLInputElement;
  #parameters: HyperParameters = { gamma: 2, alpha: 0.25 };
  #form: LossForm = FOCAL_LOSS;
  #evaluation: Evaluation | null = null;

  constructor(root: HTMLElement, onSelect: (parameters: HyperParameters) => void) {
    this.#root = root;
    this.#sweep = new SweepChart(find('.sweep', root), onSelect);
    this.#table = new ClassTable(find('.scroll-area', root));
    this.#normalizeSides = find<HTMLInputElement>('#normalize-sides', root);
    this.#normalizeSides.addEventListener('change', () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  showParameters(parameters: HyperParameters, form: LossForm): void {
    this.#parameters = parameters;
    this.#form = form;
    this.#sweep.select(parameters);
    drawCurvesChart(find('.curves', this.#root), parameters, form);
  }

  showEvaluation(evaluation: Evaluation): void {
    this.#evaluation = evaluation;
    for (const name of ['classes', 'table', 'export']) find(`.${name}`, this.#root).hidden = false;
    const hasNoLoss = sidesWithLoss(evaluation).length === 0;
    for (const name of ['difficulty', 'cumulative']) find(`.${name}`, this.#root).hidden = hasNoLoss;
    this.#table.show(evaluation.per_class);
    this.#draw();
  }

  showSweep(sweep: Sweep): void {
    this.#sweep.show(sweep, this.#evaluation?.per_class ?? [], !this.#form.softmax);
  }

  /** Hides all figures that depend on a batch. */
  clear(): void {
    this.#evaluation = null;
    this.#sweep.clear();
    for (const name of ['difficulty', 'cumulative', 'classes', 'table', 'export']) {
      find(`.${name}`, this.#root).hidden = true;
    }
  }

  #draw(): void {
    drawCurvesChart(find('.curves', this.#root), this.#parameters, this.#form);
    if (!this.#evaluation) return;
    if (sidesWithLoss(this.#evaluation).length > 0) {
      drawDifficultyChart(find('.difficulty', this.#root), this.#evaluation, this.#normalizeSides.checked);
      drawCumulativeChart(find('.cumulative', this.#root), this.#evaluation);
    }
    drawClassChart(find('.classes', this.#root), this.#evaluation);
    this.#table.draw();
  }
}
