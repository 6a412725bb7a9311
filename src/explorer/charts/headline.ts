import { percent, quantity } from '../format.ts';
import { find } from '../html.ts';
import { describeParameters, type HyperParameters } from '../hyper-parameters.ts';
import type { Evaluation } from '../service/evaluation.ts';
import { sidesWithLoss, totals } from './totals.ts';

/** Hides the numbers until the next evaluation. */
export function clearHeadline(host: HTMLElement): void {
  find('.headline', host).classList.add('stale');
}

/** The loss and the positives' share of it, each compared with cross-entropy. */
export function drawHeadline(host: HTMLElement, parameters: HyperParameters, evaluation: Evaluation): void {
  find('.headline', host).classList.remove('stale');
  const { per_class: classes, loss, sum } = evaluation;
  const crossEntropy = totals(classes, 'cross_entropy');
  const focal = totals(classes, 'loss');
  const setNumber = (name: string, value: string, comparison: string) => {
    find(`[data-value=${name}]`, host).textContent = value;
    find(`[data-comparison=${name}]`, host).textContent = comparison;
  };
  setNumber('loss', quantity(loss ?? sum), `cross-entropy ${quantity(crossEntropy.total)}`);
  const hasBothSides = sidesWithLoss(evaluation).length > 1;
  find('.positive-share', host).hidden = !hasBothSides;
  setNumber('share', percent(focal.positiveShare), `of cross-entropy ${percent(crossEntropy.positiveShare)}`);

  const status = [`${describeParameters(parameters)}: loss ${quantity(loss ?? sum)}`];
  if (hasBothSides) status.push(`positives have ${percent(focal.positiveShare)} of it`);
  find('[role=status]', host).textContent = status.join(', ');
}
