import type { KernelOptions } from '../../kernel.ts';
import type { DeviceBatch } from './device-batch.ts';
import type { Float64, Float64Tensor, Mask } from './float64.ts';
import { focalTerm } from './focal-term.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { labelledTerm } from './labelled-term.ts';
import { fromLogit, fromProbability } from './log-probabilities.ts';
import { argmaxClass, logSoftmax, softmaxTerms } from './softmax-terms.ts';
import { type Derivatives, scaled, type Term } from './term.ts';

/** The results of each element, `[outer, classes, inner]`. All are finite, also those of ignored elements. */
export interface Elements {
  /** With α and all weights, before the denominator. */
  readonly term: Term;
  /** With the sample and class weights, without α. */
  readonly crossEntropy: Float64Tensor;
  /** p of a positive element, q of a negative one. */
  readonly pt: Float64Tensor;
  readonly predictedPositive: Mask;
}

/** Under sigmoid, each class is an independent binary problem. */
export function sigmoidElements(
  f: Float64,
  batch: DeviceBatch,
  options: KernelOptions,
  derivatives: Derivatives,
): Elements {
  const k = f.mul(batch.weights, f.toFloat64(batch.active));
  if (options.source === 'logits' && batch.y === undefined) return hardSigmoidElements(f, batch, k, derivatives);
  const { predictions, isPositive, gamma, alpha } = batch;
  const y = batch.y ?? f.toFloat64(isPositive);
  const logProbs = f.scope(() =>
    options.source === 'logits'
      ? fromLogit(f, predictions, derivatives)
      : fromProbability(f, predictions, options.epsilon, derivatives),
  );
  const sides = { positive: f.mul(alpha.positive, k), negative: f.mul(alpha.negative, k) };
  return {
    term: f.scope(() => labelledTerm(f, logProbs, y, gamma, sides, options.softLabels, derivatives)),
    crossEntropy: f.scope(() => {
      const ofP = f.mul(y, logProbs.logP);
      const ofQ = f.mul(f.sub(1, y), logProbs.logQ);
      return f.neg(f.mul(f.mul(k, batch.classWeights), f.add(ofP, ofQ)));
    }),
    pt: f.select(isPositive, logProbs.p, logProbs.q),
    predictedPositive: f.greaterEqual(predictions, options.source === 'logits' ? 0 : 0.5),
  };
}

/** @param k the sample weight of each element, 0 if it is ignored */
function hardSigmoidElements(f: Float64, batch: DeviceBatch, k: Float64Tensor, derivatives: Derivatives): Elements {
  const { positive, negative } = batch.alpha;
  const { term, crossEntropy, pt } = f.scope(() => {
    const weight = f.scope(() => f.mul(k, f.select(batch.isPositive, positive, negative)));
    return hardSigmoid(f, batch, weight, derivatives);
  });
  return {
    term,
    crossEntropy: f.scope(() => f.mul(f.mul(k, batch.classWeights), crossEntropy)),
    pt,
    predictedPositive: f.greaterEqual(batch.predictions, 0),
  };
}

/** Under softmax, the classes' probabilities depend on each other; each term of the loss counts for its own class. */
export function softmaxElements(
  f: Float64,
  batch: DeviceBatch,
  options: KernelOptions,
  derivatives: Derivatives,
): Elements {
  const { predictions, isPositive, weights, gamma } = batch;
  const shares = f.mul(weights, batch.y ?? f.toFloat64(isPositive));
  const k = f.mul(shares, batch.alpha.positive);
  const isArgmax = f.scope(() => argmaxClass(f, predictions, batch.classes));
  const entropyOf = (logP: Float64Tensor) => f.scope(() => f.neg(f.mul(f.mul(shares, batch.classWeights), logP)));
  if (options.source === 'logits') {
    const row = f.scope(() => logSoftmax(f, predictions, isArgmax));
    return {
      term: f.scope(() => softmaxTerms(f, row, k, gamma, derivatives)),
      crossEntropy: entropyOf(row.logP),
      pt: f.scope(() => f.exp(f.select(isPositive, row.logP, row.logQ))),
      predictedPositive: isArgmax,
    };
  }
  // Each probability is an independent input, so that only its own class's term depends on it.
  const logProbs = f.scope(() => fromProbability(f, predictions, options.epsilon, derivatives));
  return {
    term: f.scope(() => scaled(f, focalTerm(f, logProbs, gamma, derivatives), k)),
    crossEntropy: entropyOf(logProbs.logP),
    pt: f.select(isPositive, logProbs.p, logProbs.q),
    predictedPositive: isArgmax,
  };
}
