import type { Evaluation, Sweep } from './answer.ts';
import { drawClasses } from './class-figure.ts';
import { ClassTable } from './class-table.ts';
import { drawCumulative } from './cumulative-figure.ts';
import { drawCurves } from './curves-figure.ts';
import { drawDifficulty } from './difficulty-figure.ts';
import { find } from './html.ts';
import type { Setting } from './setting.ts';
import { SweepFigure } from './sweep-figure.ts';
import { sidesOf } from './totals.ts';

/** All pictures, which are drawn anew when what they show changes, or their width. */
export class Figures {
  readonly #root: HTMLElement;
  readonly #sweep: SweepFigure;
  readonly #table: ClassTable;
  readonly #eachSide: HTMLInputElement;
  #setting: Setting = { gamma: 2, alpha: 0.25 };
  #softmax = false;
  #evaluation: Evaluation | null = null;

  constructor(root: HTMLElement, onChoice: (setting: Setting) => void) {
    this.#root = root;
    this.#sweep = new SweepFigure(find('.sweep', root), onChoice);
    this.#table = new ClassTable(find('.scroller', root));
    this.#eachSide = find<HTMLInputElement>('#each-side', root);
    this.#eachSide.addEventListener('change', () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  showSetting(setting: Setting, softmax: boolean): void {
    this.#setting = setting;
    this.#softmax = softmax;
    this.#sweep.mark(setting);
    drawCurves(find('.curves', this.#root), setting, softmax);
  }

  showEvaluation(evaluation: Evaluation): void {
    this.#evaluation = evaluation;
    for (const name of ['classes', 'table', 'code']) find(`.${name}`, this.#root).hidden = false;
    const lossless = sidesOf(evaluation).length === 0;
    for (const name of ['difficulty', 'cumulative']) find(`.${name}`, this.#root).hidden = lossless;
    this.#table.show(evaluation.per_class);
    this.#draw();
  }

  showSweep(sweep: Sweep): void {
    this.#sweep.show(sweep, this.#evaluation?.per_class ?? [], !this.#softmax);
  }

  /** For another batch: only what does not depend on one stays. */
  clear(): void {
    this.#evaluation = null;
    this.#sweep.clear();
    for (const name of ['difficulty', 'cumulative', 'classes', 'table', 'code'])
      find(`.${name}`, this.#root).hidden = true;
  }

  #draw(): void {
    drawCurves(find('.curves', this.#root), this.#setting, this.#softmax);
    if (!this.#evaluation) return;
    if (sidesOf(this.#evaluation).length > 0) {
      drawDifficulty(find('.difficulty', this.#root), this.#evaluation, this.#eachSide.checked);
      drawCumulative(find('.cumulative', this.#root), this.#evaluation);
    }
    drawClasses(find('.classes', this.#root), this.#evaluation);
    this.#table.draw();
  }
}
