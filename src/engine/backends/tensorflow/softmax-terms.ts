import type { Float64, Mask, Operand, Wide } from './float64.ts';
import type { Term, Wanted } from './focal-term.ts';
import { LOG_ZERO } from './labelled-term.ts';

const CLASS_AXIS = [1];

/** log p and log q of all classes, the largest class of each sample, and its log q. */
export interface LogSoftmax {
  readonly logP: Wide;
  readonly logQ: Wide;
  readonly isTop: Mask;
  readonly topLogQ: Wide;
}

/**
 * log softmax and its complement along the class axis of `[outer, classes, inner]`, as in loss/softmax-terms.ts: around
 * the largest of the others, so that log q of the largest survives their sum underflowing.
 *
 * @param isTop one class of each sample, none of whose logits is larger
 */
export function logSoftmax(f: Float64, logits: Wide, isTop: Mask): LogSoftmax {
  const top = f.maxOver(logits, CLASS_AXIS);
  const second = f.maxOver(f.select(isTop, LOG_ZERO, logits), CLASS_AXIS);
  const others = f.sum(f.select(isTop, 0, f.exp(f.sub(logits, second))), CLASS_AXIS);
  const logOthers = f.select(f.equal(others, 0), LOG_ZERO, f.add(f.sub(second, top), f.log(others)));
  const logTotal = f.softplus(logOthers);
  const topLogQ = f.sub(logOthers, logTotal);
  const logP = f.sub(f.sub(logits, top), logTotal);
  const logQ = f.select(isTop, topLogQ, f.log1p(f.neg(f.exp(logP))));
  return { logP, logQ, isTop, topLogQ };
}

/** The first class of each sample with the largest prediction. @param classes their indices, `[1, classes, 1]` */
export function topClass(f: Float64, predictions: Wide, classes: Wide): Mask {
  const isLargest = f.equal(predictions, f.maxOver(predictions, CLASS_AXIS));
  const first = f.minOver(f.select(isLargest, classes, Number.MAX_SAFE_INTEGER), CLASS_AXIS);
  return f.equal(classes, first);
}

/** Below this q, log1p(−q)/q is −1 to the last digit, and q² may be 0. */
const TINY = 1e-150;

/**
 * Focal loss under softmax with weights k_c of the true classes; formulas and signs as in loss/softmax-terms.ts. `loss`
 * has the term of each class.
 */
export function softmaxTerms(f: Float64, row: LogSoftmax, weights: Wide, gamma: Operand, wanted: Wanted): Term {
  const { logP, logQ, isTop } = row;
  const p = f.exp(logP);
  const q = f.exp(logQ);
  const focus = f.scope(() => f.mul(weights, f.exp(f.mul(gamma, logQ))));
  const loss = f.neg(f.mul(focus, logP));
  if (!wanted.gradient && !wanted.hessian) return { loss };

  const pRatio = f.scope(() => {
    const numerator = f.select(f.less(q, 0.5), f.log1p(f.neg(q)), logP);
    return f.mul(p, f.select(f.less(q, TINY), -1, f.div(numerator, q)));
  });
  const slopes = f.scope(() => f.mul(focus, f.sub(f.mul(gamma, pRatio), 1)));
  const ofTop = (x: Wide) => f.scope(() => f.sum(f.select(isTop, x, 0), CLASS_AXIS));
  const ofOthers = (x: Wide) => f.scope(() => f.sum(f.select(isTop, 0, x), CLASS_AXIS));
  const topSlope = ofTop(slopes);
  const slopesButTop = ofOthers(slopes);

  const gradient = () => {
    const otherSlopes = f.select(isTop, slopesButTop, f.add(f.sub(slopesButTop, slopes), topSlope));
    return f.sub(f.mul(slopes, q), f.mul(p, otherSlopes));
  };
  const hessian = () => {
    const shape = f.sub(f.add(2, logP), f.mul(f.sub(gamma, 1), pRatio));
    const curves = f.scope(() => f.mul(f.mul(f.mul(gamma, f.mul(focus, q)), p), shape));
    const spreads = f.scope(() => f.select(isTop, 0, f.div(curves, f.square(q))));
    const spreadButTop = f.sum(spreads, CLASS_AXIS);
    const fromTop = f.scope(() => f.mul(ofTop(curves), f.exp(f.mul(2, f.sub(logP, row.topLogQ)))));
    const fromOthers = f.scope(() => f.mul(f.square(p), f.sub(spreadButTop, spreads)));
    const otherCurves = f.select(isTop, fromOthers, f.add(fromOthers, fromTop));
    const slope = f.mul(f.mul(p, q), f.add(slopesButTop, topSlope));
    return f.sub(f.add(curves, otherCurves), slope);
  };
  return {
    loss,
    ...(wanted.gradient && { gradient: f.scope(gradient) }),
    ...(wanted.hessian && { hessian: f.scope(hessian) }),
  };
}
