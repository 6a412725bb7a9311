import { addToBins } from './bins';
import { isClass, labelsOfClasses, loadClasses, smoothed, storeClasses } from './class-vectors';
import { addFocalTerm } from './focal-term';
import { IGNORED, Job, weightOf } from './job';
import { fromProbabilities } from './log-pair';
import { largest } from './softmax-row';
import { addGradients, addToSums, pairAt } from './sums';

/** Evaluates a sample of probabilities. Each is an input of its own, and moves only the term that it stands in. */
export function evaluateProbabilities(job: Job, element: u32, sample: u32): void {
  const ZERO = f64x2.splat(0);
  const pair = job.logPair;
  const term = job.term;
  const top = largest(job, element);
  const weight = weightOf(job, sample);
  const scale = f64x2.splat(job.scale);
  let losses = ZERO;
  for (let c: u32 = 0; c < job.classes; c += 2) {
    const options = pairAt(job, c >> 1);
    const labels = labelsOfClasses(job, element, sample, c);
    const active = f64x2.ne(labels, f64x2.splat(IGNORED));
    const share = f64x2.mul(weight, smoothed(job, labels, active));
    const k = f64x2.mul(share, options.positiveAlpha);
    fromProbabilities(loadClasses(job, job.predictions, element, c), pair, job.epsilon, job.constants);
    term.loss = ZERO;
    term.gradient = ZERO;
    term.hessian = ZERO;
    addFocalTerm(job, k, options.gamma, false);
    losses = f64x2.add(losses, term.loss);
    if (job.gradients) storeClasses(job, job.gradients, element, c, f64x2.mul(term.gradient, scale));
    if (job.hessian) storeClasses(job, job.hessian, element, c, f64x2.mul(term.hessian, scale));
    if (!job.allSums) {
      options.negativeLoss = f64x2.add(options.negativeLoss, term.loss); // Only the total is wanted.
      continue;
    }
    const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // As they were sent.
    const positive = v128.and(active, isPositive);
    const negative = v128.andnot(active, isPositive);
    const crossEntropy = f64x2.neg(f64x2.mul(share, pair.logP));
    addToSums(options, positive, negative, term.loss, crossEntropy, pair.p, pair.q, isClass(c, top));
    addGradients(job, options, positive, negative, term.gradient);
    if (job.bins) {
      const weighted = f64x2.mul(crossEntropy, options.classWeight);
      addToBins(job.bins, positive, negative, pair.p, pair.q, term.loss, weighted, term.gradient);
    }
  }
  const loss = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
  if (job.elementwise) store<f32>(job.elementwise + (usize(sample) << 2), f32(loss));
}
