import { count, percent } from '../format.ts';
import { describeParameters } from '../hyper-parameters.ts';
import { hasOwnPositives, type LossForm } from '../loss-form.ts';
import type { Evaluation } from '../service/evaluation.ts';
import { EASY_PT, type EasyNegatives, FEW_PER_CENT, type Recommendation } from './recommend-start.ts';
import { sidesWithLoss } from './totals.ts';

const EASY = `easy negatives (p_t\u00a0≥\u00a0${EASY_PT})`;
const FEW = `${FEW_PER_CENT * 100}\u202f%`;

/** Why there is nothing to recommend for a batch, whatever its numbers; null if there may be. */
export function whyNoStart(evaluation: Evaluation, form: LossForm): string | null {
  if (form.softmax) {
    return 'The page recommends no cell under softmax: γ and α are chosen by the balance of positives and negatives, which softmax does not have. Compare the shares of your rare classes.';
  }
  if (hasOwnPositives(form)) {
    return `The page recommends no cell for ${form.softLabels} loss, whose positives have no γ and no α.`;
  }
  const sides = sidesWithLoss(evaluation);
  if (sides.length === 2) return null;
  return sides.includes('positives')
    ? 'The page recommends no cell, because the batch has no negatives.'
    : 'The page recommends no cell, because the batch has no positives. Use one that has.';
}

/** The recommended cell and its reason, as sentences for `formatMath`. */
export function describeStart(recommendation: Recommendation, positives: number): string {
  if (recommendation.point === null) return describeNone(recommendation);
  const { point, tried, nothingToFocus, hasFewExamples } = recommendation;
  const start = `Start with ${describeParameters(point)}.`;
  const found = tried.at(-1)!;
  const why = nothingToFocus
    ? `There is little to focus on: ${EASY} have only ${percent(found.loss)} of the cross-entropy, so γ stays at 0.`
    : describeGamma(tried);
  const alpha = `With this γ, positives have ${percent(point.positive_share.gradient_l1)} of the gradient at this α, the nearest to one half.`;
  const examples = count(Math.max(point.effective_examples ?? 0, 1));
  const examplesText = hasFewExamples
    ? `But the gradient comes from only ${examples} effective examples, few beside ${count(positives)} positives: steps may be noisy, and wrong labels weigh much.`
    : `The gradient is spread over ${examples} effective examples; the batch has ${count(positives)} positives.`;
  return [start, why, alpha, examplesText].join(' ');
}

function describeGamma(tried: readonly EasyNegatives[]): string {
  const found = tried.at(-1)!;
  if (found.gamma === 0) {
    return `Without α, ${EASY} have only ${percent(found.gradient)} of the gradient even at γ 0.`;
  }
  const first = tried[0]!;
  return `Without α, ${EASY} have ${percent(first.gradient)} of the gradient at γ ${first.gamma} and ${percent(found.gradient)} at γ ${found.gamma}: of the γ tried, it is the smallest that leaves them less than ${FEW}.`;
}

function describeNone(recommendation: Extract<Recommendation, { point: null }>): string {
  const last = recommendation.tried.at(-1);
  if (!last) return 'No cell qualifies as a start: the grid has no γ to compare.';
  if (recommendation.because === 'gamma') {
    return `No cell qualifies as a start: even at γ ${last.gamma}, ${EASY} have ${percent(last.gradient)} of the gradient, and not less than ${FEW}. Focusing alone does not help this batch.`;
  }
  const { nearest } = recommendation;
  return `No cell qualifies as a start: at γ ${last.gamma}, which leaves ${EASY} ${percent(last.gradient)} of the gradient, no α of the grid gives positives about one half. The nearest is ${describeParameters(nearest)} with ${percent(nearest.positive_share.gradient_l1)}.`;
}
