import type { Float64, Float64Tensor, Mask, Operand } from './float64.ts';
import { LOG_ZERO } from './log-probabilities.ts';
import type { Derivatives, Term } from './term.ts';

const CLASS_AXIS = [1];

/** log p and log q of all classes, a mask of each sample's largest class, and that class's log q. */
export interface LogSoftmax {
  readonly logP: Float64Tensor;
  readonly logQ: Float64Tensor;
  readonly isArgmax: Mask;
  readonly argmaxLogQ: Float64Tensor;
}

/**
 * log softmax and its complement along the class axis of `[outer, classes, inner]`, as in loss/softmax-terms.ts: relative
 * to the second largest logit, so that log q of the largest class is exact even where the sum of the others underflows.
 *
 * @param isArgmax mask of one class of each sample that has the largest logit
 */
export function logSoftmax(f: Float64, logits: Float64Tensor, isArgmax: Mask): LogSoftmax {
  const maxLogit = f.maxOver(logits, CLASS_AXIS);
  const second = f.maxOver(f.select(isArgmax, LOG_ZERO, logits), CLASS_AXIS);
  const expSum = f.sum(f.select(isArgmax, 0, f.exp(f.sub(logits, second))), CLASS_AXIS);
  const logExpSum = f.select(f.equal(expSum, 0), LOG_ZERO, f.add(f.sub(second, maxLogit), f.log(expSum)));
  const logTotal = f.softplus(logExpSum);
  const argmaxLogQ = f.sub(logExpSum, logTotal);
  const logP = f.sub(f.sub(logits, maxLogit), logTotal);
  const logQ = f.select(isArgmax, argmaxLogQ, f.log1p(f.neg(f.exp(logP))));
  return { logP, logQ, isArgmax, argmaxLogQ };
}

/**
 * A mask of each sample's first class with the largest prediction.
 *
 * @param classes the class indices, `[1, classes, 1]`
 */
export function argmaxClass(f: Float64, predictions: Float64Tensor, classes: Float64Tensor): Mask {
  return firstClass(f, f.equal(predictions, f.maxOver(predictions, CLASS_AXIS)), classes);
}

/** A mask of each sample's first class of those in a mask. */
export function firstClass(f: Float64, mask: Mask, classes: Float64Tensor): Mask {
  return f.equal(classes, f.minOver(f.select(mask, classes, Number.MAX_SAFE_INTEGER), CLASS_AXIS));
}

/** For q below this, log1p(−q)/q is −1 to the last digit, and q² may underflow. */
const TINY = 1e-150;

/** The weights of the classes' terms: of focal loss, and of what Poly-1 adds, if it is in use. */
export interface TermWeights {
  readonly focal: Float64Tensor;
  readonly poly?: Float64Tensor | undefined;
}

/**
 * Focal loss under softmax with weights of the true classes, and what Poly-1 adds; loss/softmax-terms.ts derives the formulas. `loss` is
 * the term of each class.
 */
export function softmaxTerms(
  f: Float64,
  row: LogSoftmax,
  weights: TermWeights,
  gamma: Operand,
  derivatives: Derivatives,
): Term {
  const { logP, logQ, isArgmax } = row;
  const p = f.exp(logP);
  const q = f.exp(logQ);
  const { detached } = derivatives;
  const modulator = f.scope(() => f.exp(f.mul(gamma, logQ)));
  const focal = f.mul(weights.focal, modulator);
  const poly = weights.poly && f.mul(weights.poly, modulator);
  const ofFocal = f.neg(f.mul(focal, logP));
  const loss = poly ? f.add(ofFocal, f.mul(poly, q)) : ofFocal;
  if (!derivatives.gradient && !derivatives.hessian) return { loss };

  const pRatio = f.scope(() => {
    const numerator = f.select(f.less(q, 0.5), f.log1p(f.neg(q)), logP);
    return f.mul(p, f.select(f.less(q, TINY), -1, f.div(numerator, q)));
  });
  const slopesOf = (isDetached: boolean) =>
    f.scope(() => {
      const slope = isDetached ? f.neg(focal) : f.mul(focal, f.sub(f.mul(gamma, pRatio), 1));
      if (!poly) return slope;
      return f.sub(slope, f.mul(isDetached ? poly : f.mul(poly, f.add(gamma, 1)), p));
    });
  const slopes = slopesOf(detached.gradient);
  const ofArgmax = (x: Float64Tensor) => f.scope(() => f.sum(f.select(isArgmax, x, 0), CLASS_AXIS));
  const ofOtherClasses = (x: Float64Tensor) => f.scope(() => f.sum(f.select(isArgmax, 0, x), CLASS_AXIS));
  const argmaxSlope = ofArgmax(slopes);
  const slopesWithoutArgmax = ofOtherClasses(slopes);

  const gradient = () => {
    const otherSlopes = f.select(isArgmax, slopesWithoutArgmax, f.add(f.sub(slopesWithoutArgmax, slopes), argmaxSlope));
    return f.sub(f.mul(slopes, q), f.mul(p, otherSlopes));
  };
  const hessian = () => {
    const isDetached = detached.hessian;
    const pq = f.mul(p, q);
    const ofPoly = () => f.mul(poly!, isDetached ? q : f.mul(f.add(gamma, 1), f.sub(q, f.mul(gamma, p))));
    const ofFactor = () => f.mul(f.mul(focal, gamma), f.sub(f.add(2, logP), f.mul(f.sub(gamma, 1), pRatio)));
    const curvatures = f.scope(() => {
      const factor = isDetached ? f.mul(0, focal) : ofFactor();
      return f.mul(pq, poly ? f.sub(factor, ofPoly()) : factor);
    });
    const scaledCurvatures = f.scope(() => f.select(isArgmax, 0, f.div(curvatures, f.square(q))));
    const curvaturesWithoutArgmax = f.sum(scaledCurvatures, CLASS_AXIS);
    const fromArgmax = f.scope(() => f.mul(ofArgmax(curvatures), f.exp(f.mul(2, f.sub(logP, row.argmaxLogQ)))));
    const fromOthers = f.scope(() => f.mul(f.square(p), f.sub(curvaturesWithoutArgmax, scaledCurvatures)));
    const otherCurvatures = f.select(isArgmax, fromOthers, f.add(fromOthers, fromArgmax));
    const ownSlopes =
      detached.hessian === detached.gradient
        ? f.add(slopesWithoutArgmax, argmaxSlope)
        : f.scope(() => f.sum(slopesOf(detached.hessian), CLASS_AXIS));
    const slopeTerm = f.mul(pq, ownSlopes);
    return f.sub(f.add(curvatures, otherCurvatures), slopeTerm);
  };
  return {
    loss,
    ...(derivatives.gradient && { gradient: f.scope(gradient) }),
    ...(derivatives.hessian && { hessian: f.scope(hessian) }),
  };
}
