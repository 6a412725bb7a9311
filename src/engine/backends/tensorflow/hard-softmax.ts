import type { DeviceBatch } from './device-batch.ts';
import type { Breakdown, Elements } from './elements.ts';
import type { Float64, Float64Tensor, Mask, Operand } from './float64.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { LOG_ZERO } from './log-probabilities.ts';
import { firstClass } from './softmax-terms.ts';
import type { Requested } from './term.ts';

const CLASS_AXIS = [1];

/** Of the classes beside the true one, `[outer, classes, inner]`, or of a sample, `[outer, 1, inner]`. */
interface RemainingClasses {
  /** The logits; far below the smallest for the true class. */
  readonly logits: Float64Tensor;
  readonly largest: Float64Tensor;
  /** exp(z_j − largest), 0 for the true class. */
  readonly ratios: Float64Tensor;
  readonly ratioSum: Float64Tensor;
}

/**
 * Focal loss under softmax with one true class t a sample, or none. It is that of sigmoid at d = z_t − LSE_{j≠t}(z), so that
 * only the exponentials of LSE are computed once a class, and all else once a sample. With the share
 * s_j = exp(z_j − LSE_{j≠t}(z)) of each other class, and L′ and L″ by d:
 *   ∂L/∂z_t = L′,  ∂L/∂z_j = −s_j L′
 *   ∂²L/∂z_t² = L″,  ∂²L/∂z_j² = s_j² L″ − s_j (1 − s_j) L′
 *   p_j = q s_j,  1 − p_j = p + q (1 − s_j)
 */
export function hardSoftmax(f: Float64, batch: DeviceBatch, requested: Requested): Elements {
  const { isPositive, weights, alpha } = batch;
  const ofTrueClass = (x: Operand) => f.scope(() => f.sum(f.select(isPositive, x, 0), CLASS_AXIS));
  const hasTrueClass = ofTrueClass(1);
  // 0 for a sample without a true class.
  const weightOf = (x: Operand) => f.mul(weights, typeof x === 'number' ? f.mul(x, hasTrueClass) : ofTrueClass(x));

  // Without a true class, a logit whose probability is 0.
  const trueLogit = f.scope(() => f.maxOver(f.select(isPositive, batch.predictions, LOG_ZERO), CLASS_AXIS));
  const remaining = f.scope(() => remainingClasses(f, batch));
  const d = f.scope(() => f.sub(f.sub(trueLogit, remaining.largest), f.log(remaining.ratioSum)));
  const { positive } = batch.gamma;
  const gamma = typeof positive === 'number' ? positive : ofTrueClass(positive);
  const derivatives = { ...requested, gradient: requested.gradient || requested.hessian };
  const ofWeights = { focal: weightOf(alpha.positive), poly: batch.poly && weightOf(batch.poly) };
  const { term, detachedGradient, crossEntropy, pt: p } = hardSigmoid(f, d, -1, gamma, ofWeights, derivatives);
  const { gradient, hessian } = term;
  const loss = f.select(isPositive, term.loss, 0);
  if (!gradient) return { term: { loss } };

  const shares = f.div(remaining.ratios, remaining.ratioSum);
  const ofGradient = f.scope(() => f.select(isPositive, gradient, f.mul(f.neg(gradient), shares)));
  if (!hessian && !requested.breakdown) return { term: { loss, gradient: ofGradient } };

  const isFirst = f.scope(() => firstClass(f, f.equal(remaining.logits, remaining.largest), batch.classes));
  const notShares = f.scope(() => withoutShare(f, remaining, shares, isFirst));
  const ofHessian = (curvature: Float64Tensor) =>
    f.scope(() => {
      const ofRemaining = f.mul(
        shares,
        f.sub(f.mul(shares, curvature), f.mul(notShares, detachedGradient ?? gradient)),
      );
      return f.select(isPositive, curvature, ofRemaining);
    });
  const breakdown = (): Breakdown => ({
    crossEntropy: f.scope(() => f.select(isPositive, f.mul(weightOf(batch.classWeights), crossEntropy), 0)),
    pt: f.scope(() => f.select(isPositive, p, f.add(p, f.mul(f.sigmoid(f.neg(d)), notShares)))),
    predictedPositive: f.scope(() => predictedClass(f, batch, trueLogit, remaining, isFirst)),
    isLossOfPositives: true,
  });
  return {
    term: { loss, gradient: ofGradient, ...(hessian && { hessian: ofHessian(hessian) }) },
    ...(requested.breakdown && { breakdown: breakdown() }),
  };
}

function remainingClasses(f: Float64, { predictions, isPositive }: DeviceBatch): RemainingClasses {
  const logits = f.select(isPositive, LOG_ZERO, predictions);
  const largest = f.maxOver(logits, CLASS_AXIS);
  const ratios = f.scope(() => f.exp(f.sub(logits, largest)));
  return { logits, largest, ratios, ratioSum: f.sum(ratios, CLASS_AXIS) };
}

/** 1 − s_j. The largest share may round to 1: there it is computed from the sum without it. */
function withoutShare(
  f: Float64,
  { ratios, ratioSum }: RemainingClasses,
  shares: Float64Tensor,
  isFirst: Mask,
): Float64Tensor {
  const restSum = f.sum(f.select(isFirst, 0, ratios), CLASS_AXIS);
  return f.select(isFirst, f.div(restSum, ratioSum), f.sub(1, shares));
}

/**
 * A mask of each sample's first class with the largest logit.
 *
 * @param isFirst the same of the other classes alone
 */
function predictedClass(
  f: Float64,
  { isPositive, classes }: DeviceBatch,
  trueLogit: Float64Tensor,
  { largest }: RemainingClasses,
  isFirst: Mask,
): Mask {
  const indexOf = (mask: Mask) => f.sum(f.select(mask, classes, 0), CLASS_AXIS);
  const isBeforeRemaining = f.less(indexOf(isPositive), indexOf(isFirst));
  const isTrueLargest = f.either(f.less(largest, trueLogit), f.both(f.equal(trueLogit, largest), isBeforeRemaining));
  return f.either(f.both(isPositive, isTrueLargest), f.both(isFirst, f.not(isTrueLargest)));
}
