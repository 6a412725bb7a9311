import { addToBins } from '../bins';
import { isClass, labelsOfClasses, loadClasses, smoothed, storeClasses } from '../class-vectors';
import { addFocalTerm } from '../focal-term';
import { IGNORED, KernelParams, weightOf } from '../kernel-params';
import { fromProbabilities } from '../math/log-probabilities';
import { argmaxOf } from './softmax-row';
import { addGradients, addToSums, pairAt } from '../sums';

/** Evaluates a sample of probabilities. Each is an independent input, so that only its own class's term depends on it. */
export function evaluateProbabilities(params: KernelParams, element: u32, sample: u32): void {
  const ZERO = f64x2.splat(0);
  const logProbs = params.logProbs;
  const term = params.term;
  const a = argmaxOf(params, element);
  const weight = weightOf(params, sample);
  const scale = f64x2.splat(params.scale);
  let losses = ZERO;
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const options = pairAt(params, c >> 1);
    const labels = labelsOfClasses(params, element, sample, c);
    const active = f64x2.ne(labels, f64x2.splat(IGNORED));
    const share = f64x2.mul(weight, smoothed(params, labels, active));
    const k = f64x2.mul(share, options.positiveAlpha);
    fromProbabilities(loadClasses(params, params.predictions, element, c), logProbs, params.epsilon, params.constants);
    term.loss = ZERO;
    term.gradient = ZERO;
    term.hessian = ZERO;
    const poly = f64x2.mul(share, f64x2.mul(options.classWeight, f64x2.splat(params.polyEpsilon)));
    addFocalTerm(params, k, poly, options.gamma, false);
    losses = f64x2.add(losses, term.loss);
    if (params.gradients) storeClasses(params, params.gradients, element, c, f64x2.mul(term.gradient, scale));
    if (params.hessian) storeClasses(params, params.hessian, element, c, f64x2.mul(term.hessian, scale));
    if (!params.allSums) {
      options.negativeLoss = f64x2.add(options.negativeLoss, term.loss); // Only the total loss is requested.
      continue;
    }
    const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // Before smoothing.
    const positive = v128.and(active, isPositive);
    const negative = v128.andnot(active, isPositive);
    const crossEntropy = f64x2.neg(f64x2.mul(share, logProbs.logP));
    addToSums(options, positive, negative, term.loss, crossEntropy, logProbs.p, logProbs.q, isClass(c, a));
    addGradients(params, options, positive, negative, term.gradient);
    if (params.bins) {
      const weighted = f64x2.mul(crossEntropy, options.classWeight);
      addToBins(params.bins, positive, negative, logProbs.p, logProbs.q, term.loss, weighted, term.gradient);
    }
  }
  const loss = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), f32(loss));
}
