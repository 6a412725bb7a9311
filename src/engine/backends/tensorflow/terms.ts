import type { KernelOptions } from '../../kernel.ts';
import type { Float64, Mask, Wide } from './float64.ts';
import { focalTerm, scaled, type Term, type Wanted } from './focal-term.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { labelledTerm } from './labelled-term.ts';
import { fromLogit, fromProbability } from './log-pair.ts';
import type { DeviceBatch } from './read-inputs.ts';
import { logSoftmax, softmaxTerms, topClass } from './softmax-terms.ts';

/** What is known of each element, `[outer, classes, inner]`. All of it is finite, also where a label is ignored. */
export interface Elements {
  /** With α and all weights, not divided by the denominator. */
  readonly term: Term;
  /** With the sample and class weights alone. */
  readonly crossEntropy: Wide;
  /** p of a positive element, q of a negative one. */
  readonly pt: Wide;
  readonly predictedPositive: Mask;
}

/** Each class is a binary problem of its own. */
export function sigmoidElements(f: Float64, batch: DeviceBatch, options: KernelOptions, wanted: Wanted): Elements {
  const k = f.mul(batch.weights, f.widen(batch.active));
  if (options.source === 'logits' && batch.y === undefined) return hardSigmoidElements(f, batch, k, wanted);
  const { predictions, isPositive, gamma, alpha } = batch;
  const y = batch.y ?? f.widen(isPositive);
  const pair = f.scope(() =>
    options.source === 'logits'
      ? fromLogit(f, predictions, wanted)
      : fromProbability(f, predictions, options.epsilon, wanted),
  );
  const sides = { positive: f.mul(alpha.positive, k), negative: f.mul(alpha.negative, k) };
  return {
    term: f.scope(() => labelledTerm(f, pair, y, gamma, sides, options.softLabels, wanted)),
    crossEntropy: f.scope(() => {
      const ofP = f.mul(y, pair.logP);
      const ofQ = f.mul(f.sub(1, y), pair.logQ);
      return f.neg(f.mul(f.mul(k, batch.classWeights), f.add(ofP, ofQ)));
    }),
    pt: f.select(isPositive, pair.p, pair.q),
    predictedPositive: f.atLeast(predictions, options.source === 'logits' ? 0 : 0.5),
  };
}

/** @param k the weight of each sample, 0 where it is ignored */
function hardSigmoidElements(f: Float64, batch: DeviceBatch, k: Wide, wanted: Wanted): Elements {
  const { positive, negative } = batch.alpha;
  const { term, crossEntropy, pt } = f.scope(() => {
    const weight = f.scope(() => f.mul(k, f.select(batch.isPositive, positive, negative)));
    return hardSigmoid(f, batch, weight, wanted);
  });
  return {
    term,
    crossEntropy: f.scope(() => f.mul(f.mul(k, batch.classWeights), crossEntropy)),
    pt,
    predictedPositive: f.atLeast(batch.predictions, 0),
  };
}

/** The classes share one probability; each term of the loss is booked on its own class. */
export function softmaxElements(f: Float64, batch: DeviceBatch, options: KernelOptions, wanted: Wanted): Elements {
  const { predictions, isPositive, weights, gamma } = batch;
  const shares = f.mul(weights, batch.y ?? f.widen(isPositive));
  const k = f.mul(shares, batch.alpha.positive);
  const isTop = f.scope(() => topClass(f, predictions, batch.classes));
  const entropyOf = (logP: Wide) => f.scope(() => f.neg(f.mul(f.mul(shares, batch.classWeights), logP)));
  if (options.source === 'logits') {
    const row = f.scope(() => logSoftmax(f, predictions, isTop));
    return {
      term: f.scope(() => softmaxTerms(f, row, k, gamma, wanted)),
      crossEntropy: entropyOf(row.logP),
      pt: f.scope(() => f.exp(f.select(isPositive, row.logP, row.logQ))),
      predictedPositive: isTop,
    };
  }
  // Each probability is an input of its own, so only the term that it stands in moves with it.
  const pair = f.scope(() => fromProbability(f, predictions, options.epsilon, wanted));
  return {
    term: f.scope(() => scaled(f, focalTerm(f, pair, gamma, wanted), k)),
    crossEntropy: entropyOf(pair.logP),
    pt: f.select(isPositive, pair.p, pair.q),
    predictedPositive: isTop,
  };
}
