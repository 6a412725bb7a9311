import { addToBins } from './bins';
import { smoothed } from './class-vectors';
import { Job } from './job';
import { labelledTerm } from './labelled-term';
import { fromLogits, fromProbabilities } from './log-pair';
import { storePair } from './sigmoid-pair';
import { addGradients, addToSums, ClassPair } from './sums';

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
  const pair = job.logPair;
  const term = job.term;
  if (job.probabilities) fromProbabilities(x, pair, job.epsilon, job.constants);
  else fromLogits(x, pair, job.constants);
  labelledTerm(job, smoothed(job, label, active), v128.and(active, weight), options);

  const scale = f64x2.splat(job.scale);
  if (job.gradients) storePair(job.gradients + at, f64x2.mul(term.gradient, scale), single);
  if (job.elementwise) storePair(job.elementwise + at, term.loss, single);
  if (job.hessian) storePair(job.hessian + at, f64x2.mul(term.hessian, scale), single);
  if (!job.allSums) {
    options.negativeLoss = f64x2.add(options.negativeLoss, term.loss); // For both sides: only the total is wanted.
    return;
  }
  const isPositive = f64x2.ge(label, f64x2.splat(0.5)); // As it was sent.
  const positive = v128.and(active, isPositive);
  const negative = v128.andnot(active, isPositive);
  const predicted = f64x2.ge(x, f64x2.splat(job.probabilities ? 0.5 : 0));
  const crossEntropy = f64x2.mul(weight, term.crossEntropy);
  addToSums(options, positive, negative, term.loss, crossEntropy, pair.p, pair.q, predicted);
  addGradients(job, options, positive, negative, term.gradient);
  if (job.bins) {
    const weighted = f64x2.mul(crossEntropy, options.classWeight);
    addToBins(job.bins, positive, negative, pair.p, pair.q, term.loss, weighted, term.gradient);
  }
}
