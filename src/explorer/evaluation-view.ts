import type { BatchFile } from './batch-files/batch-file.ts';
import type { Figures } from './charts/figures.ts';
import { clearHeadline, drawHeadline } from './charts/headline.ts';
import { WarningList } from './controls/warning-list.ts';
import type { PageExports } from './exports/page-exports.ts';
import { count, quantity } from './format.ts';
import { find } from './html.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import { inForce } from './option-specs.ts';
import type { PinnedConfiguration } from './pinned-configuration.ts';
import type { Cure } from './service/cure.ts';
import type { Evaluation } from './service/evaluation.ts';
import { curesOfWarning } from './service/warning-cures.ts';

export interface EvaluationViewParts {
  readonly controls: HTMLElement;
  readonly figures: Figures;
  readonly pageExports: PageExports;
  readonly pinned: PinnedConfiguration;
  readonly onCure: (changes: Cure['changes']) => void;
}

/** All that the page shows of an evaluation: figures, headline, warnings, what can be saved, and the comparison. */
export class EvaluationView {
  readonly #parts: EvaluationViewParts;
  readonly #warnings: WarningList;

  constructor(parts: EvaluationViewParts) {
    this.#parts = parts;
    this.#warnings = new WarningList(find('.warnings'), parts.onCure);
  }

  show(
    { file, title }: { readonly file: BatchFile; readonly title: string },
    evaluation: Evaluation,
    lossSetting: LossConfiguration,
  ): void {
    const { controls, figures, pageExports, pinned } = this.#parts;
    const { parameters, changes } = lossSetting;
    find('.batch-size').textContent = describeSize(evaluation);
    const options = inForce(file.options, changes);
    this.#warnings.show(evaluation.warnings ?? [], (code) => curesOfWarning(code, options));
    drawHeadline(controls, parameters, evaluation);
    figures.showEvaluation(evaluation);
    pageExports.showEvaluation({ title, parameters, evaluation });
    pinned.showCurrent(lossSetting, evaluation);
    const { engine, duration_ms: duration } = evaluation;
    find('.engine').textContent =
      `Evaluated in ${quantity(duration.compute)} ms by ${engine.name} on ${engine.device}.`;
  }

  clear(): void {
    const { controls, figures, pageExports } = this.#parts;
    figures.clear();
    pageExports.clear();
    this.#warnings.show([], () => []);
    clearHeadline(controls);
    find('.engine').textContent = '';
  }
}

function describeSize({ counts: { samples, classes, positives } }: Evaluation): string {
  const of = (number: number, name: string, names: string) => `${count(number)} ${number === 1 ? name : names}`;
  return `${of(samples, 'sample', 'samples')} × ${of(classes, 'class', 'classes')}, ${of(positives, 'positive', 'positives')}`;
}
