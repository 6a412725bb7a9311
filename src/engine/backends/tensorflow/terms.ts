import { formOf } from '../../../loss/form-of.ts';
import { hasUnweightedPositives } from '../../../loss/labelled-term.ts';
import type { KernelOptions } from '../../kernel.ts';
import type { DeviceBatch, OfSides } from './device-batch.ts';
import type { Elements } from './elements.ts';
import type { Float64, Float64Tensor } from './float64.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSoftmax } from './hard-softmax.ts';
import { hardTerm, labelledTerm } from './labelled-term.ts';
import { fromLogit, fromProbability } from './log-probabilities.ts';
import { mixedBy } from './mixed-labels.ts';
import { argmaxClass, logSoftmax, softmaxTerms } from './softmax-terms.ts';
import type { Requested } from './term.ts';

/** Under sigmoid, each class is an independent binary problem. */
export function sigmoidElements(
  f: Float64,
  batch: DeviceBatch,
  options: KernelOptions,
  requested: Requested,
): Elements {
  const k = f.mul(batch.weights, f.toFloat64(batch.active));
  const { source, margin } = options;
  const form = formOf(options);
  const isHardForm = margin === 0 && !hasUnweightedPositives(form);
  if (source === 'logits' && batch.y === undefined && isHardForm) return hardSigmoidElements(f, batch, k, requested);
  const { predictions, isPositive, gamma, alpha, poly } = batch;
  const y = batch.y ?? f.toFloat64(isPositive);
  const logProbs = f.scope(() =>
    source === 'logits'
      ? fromLogit(f, predictions, requested)
      : fromProbability(f, predictions, options.epsilon, requested),
  );
  const loss = {
    form,
    gamma,
    alpha: { positive: f.mul(alpha.positive, k), negative: f.mul(alpha.negative, k) },
    ...(poly !== undefined && { poly: f.mul(poly, k) }),
    ...(margin > 0 && { margin: { m: margin, ...(source === 'logits' && { logits: predictions }) } }),
  };
  const labels = { y, notY: batch.notY ?? f.sub(1, y) };
  const c = f.scope(() => mixedBy(f, labels, logProbs.logP, logProbs.logQ));
  return {
    term: f.scope(() => labelledTerm(f, logProbs, labels, c, loss, requested)),
    ...(requested.breakdown && {
      breakdown: {
        crossEntropy: f.scope(() => f.mul(f.mul(k, batch.classWeights), c)),
        pt: f.select(isPositive, logProbs.p, logProbs.q),
        predictedPositive: f.greaterEqual(predictions, source === 'logits' ? 0 : 0.5),
      },
    }),
  };
}

/** @param k the sample weight of each element, 0 if it is ignored */
function hardSigmoidElements(f: Float64, batch: DeviceBatch, k: Float64Tensor, requested: Requested): Elements {
  const { alpha, gamma, poly } = batch;
  const ofSide = ({ positive, negative }: OfSides) => f.select(batch.isPositive, positive, negative);
  const { term, crossEntropy, pt } = f.scope(() => {
    const weights = {
      focal: f.scope(() => f.mul(k, ofSide(alpha))),
      poly: poly === undefined ? undefined : f.mul(k, poly),
    };
    const minusS = f.select(batch.isPositive, -1, 1);
    const own = gamma.positive === gamma.negative ? gamma.positive : ofSide(gamma);
    return hardSigmoid(f, batch.predictions, minusS, own, weights, requested);
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
  const { predictions, isPositive, weights } = batch;
  const gamma = batch.gamma.positive;
  const shares = f.mul(weights, batch.y ?? f.toFloat64(isPositive));
  const k = f.mul(shares, batch.alpha.positive);
  const poly = batch.poly === undefined ? undefined : f.mul(shares, batch.poly);
  const entropyOf = (logP: Float64Tensor) => f.scope(() => f.neg(f.mul(f.mul(shares, batch.classWeights), logP)));
  if (options.source === 'logits') {
    const isArgmax = f.scope(() => argmaxClass(f, predictions, batch.classes));
    const row = f.scope(() => logSoftmax(f, predictions, isArgmax));
    return {
      term: f.scope(() => softmaxTerms(f, row, { focal: k, poly }, gamma, requested)),
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
    term: f.scope(() => hardTerm(f, logProbs, gamma, k, poly, requested)),
    ...(requested.breakdown && {
      breakdown: {
        crossEntropy: entropyOf(logProbs.logP),
        pt: f.select(isPositive, logProbs.p, logProbs.q),
        predictedPositive: f.scope(() => argmaxClass(f, predictions, batch.classes)),
      },
    }),
  };
}
