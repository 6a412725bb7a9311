import { quantity } from '../format.ts';
import { html } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import { hasOwnPositives, type LossForm } from '../loss-form.ts';
import type { Calibration } from '../service/evaluation.ts';

const PAGE = 'https://github.com/focal-loss-service/focal-loss-service/blob/main/docs/explanation/probabilities.md';

/** The expected calibration errors in words, and why there is no posterior if there is none. */
export function describeCalibration(
  { predicted, posterior }: Calibration,
  parameters: HyperParameters,
  form: LossForm,
): (Node | string)[] {
  const before = predicted.expected_calibration_error;
  if (before === null) return ['The batch has nothing to calibrate.'];
  const observed = form.softmax ? 'how often they are right' : 'the rate of positives';
  const scores = `On average, scores are ${points(before)} away from ${observed} (the expected calibration error). `;
  const more = html('a', { href: PAGE }, 'Why, and what to do');
  if (!posterior) return [scores, `${whyNoPosterior(parameters, form)} `, more];
  return [scores, `${compare(before, posterior.expected_calibration_error ?? before)} `, more];
}

function compare(before: number, after: number): string {
  const recovered = 'The posterior, which recovers probabilities from a model trained with this γ and α,';
  if (Math.abs(after - before) < 0.01) return `${recovered} hardly changes that: ${points(after)}.`;
  if (after < before) return `${recovered} is ${points(after)} away.`;
  return `${recovered} is further away, by ${points(after)}: this model was hardly trained with them.`;
}

/** An error in percentage points. */
function points(error: number): string {
  const rounded = (error * 100).toFixed(1);
  if (Number(rounded) === 0 && error > 0) return 'less than 0.1 points';
  return `${rounded} ${rounded === '1.0' ? 'point' : 'points'}`;
}

/** As docs/reference/semantics.md has it. What the page does not see is in the labels or the weights. */
export function whyNoPosterior({ gamma, alpha }: HyperParameters, form: LossForm): string {
  const none = 'There is no posterior';
  const { margin, polyEpsilon, smoothed, detached, softmax, softLabels } = form;
  if (typeof gamma !== 'number') return `${none} with a γ for each side.`;
  if (margin > 0) return `${none} with a margin.`;
  if (polyEpsilon !== 0) return `${none} with Poly-1.`;
  if (smoothed) return `${none} with label smoothing.`;
  if (detached) return `${none} with a detached factor.`;
  if (hasOwnPositives(form)) return `${none} of ${softLabels} loss.`;
  if (!softmax && (alpha === 0 || alpha === 1)) {
    return `${none} with α ${quantity(alpha).slice(0, 1)}, which leaves one side without a loss.`;
  }
  return `${none} of this batch: it needs labels of 0 and 1, and a weight above 0 for each class and side.`;
}
