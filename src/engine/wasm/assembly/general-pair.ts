import { Job } from './job';
import { labelledTerm } from './labelled-term';
import { fromLogits, fromProbabilities } from './log-pair';
import { storePair } from './sigmoid-pair';
import { ClassPair } from './sums';

/**
 * Evaluates two elements under sigmoid, with whatever labels, from logits or probabilities.
 *
 * @param at where the elements lie, in bytes from the start of a tensor
 * @param x predictions
 * @param label before smoothing
 * @param weight of the samples
 * @param active mask of the lanes that contribute
 * @param single there is only the first
 */
@inline
export function evaluateGeneralPair(
  job: Job,
  at: usize,
  x: v128,
  label: v128,
  weight: v128,
  active: v128,
  options: ClassPair,
  single: bool,
): void {
  const ONE = f64x2.splat(1);
  const pair = job.logPair;
  const term = job.term;
  if (job.probabilities) fromProbabilities(x, pair, job.epsilon, job.constants);
  else fromLogits(x, pair, job.constants);
  const y = f64x2.add(f64x2.mul(label, f64x2.splat(job.keptLabel)), f64x2.splat(job.addedLabel));
  labelledTerm(job, v128.and(active, y), v128.and(active, weight), options);

  const scale = f64x2.splat(job.scale);
  if (job.gradients) storePair(job.gradients + at, f64x2.mul(term.gradient, scale), single);
  if (job.elementwise) storePair(job.elementwise + at, term.loss, single);
  if (job.hessian) storePair(job.hessian + at, f64x2.mul(term.hessian, scale), single);
  if (!job.allSums) {
    options.negativeLoss = f64x2.add(options.negativeLoss, term.loss); // One sum for both sides: only the total is wanted.
    return;
  }
  // A side is that of the label as it was sent.
  const isPositive = f64x2.ge(label, f64x2.splat(0.5));
  const positive = v128.and(active, isPositive);
  const negative = v128.andnot(active, isPositive);
  const crossEntropy = f64x2.mul(weight, term.crossEntropy); // `takeSums` weighs classes.
  const gradient = f64x2.abs(term.gradient);
  const predicted = v128.and(ONE, f64x2.ge(x, f64x2.splat(job.probabilities ? 0.5 : 0)));
  options.positiveLoss = f64x2.add(options.positiveLoss, v128.and(positive, term.loss));
  options.positiveCrossEntropy = f64x2.add(options.positiveCrossEntropy, v128.and(positive, crossEntropy));
  options.positiveGradientL1 = f64x2.add(options.positiveGradientL1, v128.and(positive, gradient));
  options.positivePt = f64x2.add(options.positivePt, v128.and(positive, pair.p));
  options.positiveCount = f64x2.add(options.positiveCount, v128.and(positive, ONE));
  options.positivePredicted = f64x2.add(options.positivePredicted, v128.and(positive, predicted));
  options.negativeLoss = f64x2.add(options.negativeLoss, v128.and(negative, term.loss));
  options.negativeCrossEntropy = f64x2.add(options.negativeCrossEntropy, v128.and(negative, crossEntropy));
  options.negativeGradientL1 = f64x2.add(options.negativeGradientL1, v128.and(negative, gradient));
  options.negativePt = f64x2.add(options.negativePt, v128.and(negative, pair.q));
  options.negativeCount = f64x2.add(options.negativeCount, v128.and(negative, ONE));
  options.negativePredicted = f64x2.add(options.negativePredicted, v128.and(negative, predicted));
}
