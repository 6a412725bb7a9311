import type { KernelOptions } from '../../kernel.ts';
import type { DeviceBatch } from './device-batch.ts';
import type { Elements } from './elements.ts';
import type { Float64, Float64Tensor } from './float64.ts';
import { focalTerm } from './focal-term.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSoftmax } from './hard-softmax.ts';
import { labelledTerm, mixedBy } from './labelled-term.ts';
import { fromLogit, fromProbability } from './log-probabilities.ts';
import { argmaxClass, logSoftmax, softmaxTerms } from './softmax-terms.ts';
import { type Requested, scaled } from './term.ts';

/** Under sigmoid, each class is an independent binary problem. */
export function sigmoidElements(
  f: Float64,
  batch: DeviceBatch,
  options: KernelOptions,
  requested: Requested,
): Elements {
  const k = f.mul(batch.weights, f.toFloat64(batch.active));
  if (options.source === 'logits' && batch.y === undefined) return hardSigmoidElements(f, batch, k, requested);
  const { predictions, isPositive, gamma, alpha } = batch;
  const y = batch.y ?? f.toFloat64(isPositive);
  const logProbs = f.scope(() =>
    options.source === 'logits'
      ? fromLogit(f, predictions, requested)
      : fromProbability(f, predictions, options.epsilon, requested),
  );
  const sides = { positive: f.mul(alpha.positive, k), negative: f.mul(alpha.negative, k) };
  const labels = { y, notY: batch.notY ?? f.sub(1, y) };
  const c = f.scope(() => mixedBy(f, labels, logProbs.logP, logProbs.logQ));
  return {
    term: f.scope(() => labelledTerm(f, logProbs, labels, c, gamma, sides, options.softLabels, requested)),
    ...(requested.breakdown && {
      breakdown: {
        crossEntropy: f.scope(() => f.mul(f.mul(k, batch.classWeights), c)),
        pt: f.select(isPositive, logProbs.p, logProbs.q),
        predictedPositive: f.greaterEqual(predictions, options.source === 'logits' ? 0 : 0.5),
      },
    }),
  };
}

/** @param k the sample weight of each element, 0 if it is ignored */
function hardSigmoidElements(f: Float64, batch: DeviceBatch, k: Float64Tensor, requested: Requested): Elements {
  const { positive, negative } = batch.alpha;
  const { term, crossEntropy, pt } = f.scope(() => {
    const weight = f.scope(() => f.mul(k, f.select(batch.isPositive, positive, negative)));
    const minusS = f.select(batch.isPositive, -1, 1);
    return hardSigmoid(f, batch.predictions, minusS, batch.gamma, weight, requested);
  });
  return {
    term,
    ...(requested.breakdown && {
      breakdown: {
        crossEntropy: f.scope(() => f.mul(f.mul(k, batch.classWeights), crossEntropy)),
        pt,
        predictedPositive: f.greaterEqual(batch.predictions, 0),
      },
    }),
  };
}

/** Under softmax, the classes' probabilities depend on each other; each term of the loss counts for its own class. */
export function softmaxElements(
  f: Float64,
  batch: DeviceBatch,
  options: KernelOptions,
  requested: Requested,
): Elements {
  if (options.source === 'logits' && batch.y === undefined) return hardSoftmax(f, batch, requested);
  const { predictions, isPositive, weights, gamma } = batch;
  const shares = f.mul(weights, batch.y ?? f.toFloat64(isPositive));
  const k = f.mul(shares, batch.alpha.positive);
  const entropyOf = (logP: Float64Tensor) => f.scope(() => f.neg(f.mul(f.mul(shares, batch.classWeights), logP)));
  if (options.source === 'logits') {
    const isArgmax = f.scope(() => argmaxClass(f, predictions, batch.classes));
    const row = f.scope(() => logSoftmax(f, predictions, isArgmax));
    return {
      term: f.scope(() => softmaxTerms(f, row, k, gamma, requested)),
      ...(requested.breakdown && {
        breakdown: {
          crossEntropy: entropyOf(row.logP),
          pt: f.scope(() => f.exp(f.select(isPositive, row.logP, row.logQ))),
          predictedPositive: isArgmax,
        },
      }),
    };
  }
  // Each probability is an independent input, so that only its own class's term depends on it.
  const logProbs = f.scope(() => fromProbability(f, predictions, options.epsilon, requested));
  return {
    term: f.scope(() => scaled(f, focalTerm(f, logProbs, gamma, requested), k)),
    ...(requested.breakdown && {
      breakdown: {
        crossEntropy: entropyOf(logProbs.logP),
        pt: f.select(isPositive, logProbs.p, logProbs.q),
        predictedPositive: f.scope(() => argmaxClass(f, predictions, batch.classes)),
      },
    }),
  };
}
