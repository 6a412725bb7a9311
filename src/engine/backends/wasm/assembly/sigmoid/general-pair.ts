import { addToBins } from '../bins';
import { KernelParams } from '../kernel-params';
import { labelledTerm } from './labelled-term';
import { smoothedComplement, smoothedLabel } from './smoothed-label';
import { fromLogits, fromProbabilities } from '../math/log-probabilities';
import { Record } from './records';
import { storePair } from './sigmoid-pair';
import { addGradients, addToSums, ClassPair } from '../sums';

/**
 * Evaluates two elements under sigmoid, for labels in [0, 1], from logits or probabilities, with every output.
 *
 * @param at byte offset of the first element in every tensor of the predictions' shape
 * @param single whether only the first lane holds an element
 */
@inline
export function evaluateGeneralPair(
  params: KernelParams,
  at: usize,
  record: Record,
  options: ClassPair,
  single: bool,
): void {
  const logProbs = params.logProbs;
  const term = params.term;
  const x = record.x;
  const label = record.label;
  const weight = record.weight;
  const active = f64x2.ge(label, f64x2.splat(0));
  if (params.probabilities) fromProbabilities(x, logProbs, params.epsilon, params.constants);
  else fromLogits(x, logProbs, params.constants);
  const known = v128.and(active, label);
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  labelledTerm(params, smoothedLabel(known, kept, added), smoothedComplement(known, kept, added), weight, options);

  const scale = f64x2.splat(params.scale);
  if (params.gradients) storePair(params.gradients + at, f64x2.mul(term.gradient, scale), single);
  if (params.elementwise) storePair(params.elementwise + at, term.loss, single);
  if (params.hessian) storePair(params.hessian + at, f64x2.mul(term.hessian, scale), single);
  if (!params.allSums) {
    options.negativeLoss = f64x2.add(options.negativeLoss, term.loss); // Only the total loss is requested.
    return;
  }
  const isPositive = f64x2.ge(label, f64x2.splat(0.5)); // Before smoothing.
  const positive = v128.and(active, isPositive);
  const negative = v128.andnot(active, isPositive);
  const predicted = f64x2.ge(x, f64x2.splat(params.probabilities ? 0.5 : 0));
  const crossEntropy = f64x2.mul(weight, term.crossEntropy);
  addToSums(options, positive, negative, term.loss, crossEntropy, logProbs.p, logProbs.q, predicted);
  addGradients(params, options, positive, negative, term.gradient);
  if (params.bins) {
    const weighted = f64x2.mul(crossEntropy, options.classWeight);
    addToBins(params.bins, positive, negative, logProbs.p, logProbs.q, term.loss, weighted, term.gradient);
  }
}
