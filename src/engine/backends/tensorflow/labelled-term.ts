import type { SoftLabels } from '../../../loss/labelled-term.ts';
import type { Float64, Float64Tensor, Operand } from './float64.ts';
import {
  type CrossEntropyDerivatives,
  curvatureOf,
  focalTerm,
  type Modulation,
  modulated,
  modulationByQ,
} from './focal-term.ts';
import { complement, type LogProbabilities } from './log-probabilities.ts';
import { type Derivatives, scaled, sumOf, type Term } from './term.ts';

/** Replaces log 0: its product with any γ ≥ 0 is finite, and the exponential of that is 0, or 1 for γ = 0. */
export const LOG_ZERO = -1e100;

/** α and 1 − α, multiplied by all weights. */
export interface SideWeightTensors {
  readonly positive: Operand;
  readonly negative: Operand;
}

/** Labels y in [0, 1] and 1 − y. */
export interface MixedLabels {
  readonly y: Float64Tensor;
  readonly notY: Float64Tensor;
}

/** −(y a + (1 − y) b), as of the two log probabilities; both terms are ≥ 0 there, so nothing cancels. */
export function mixedBy(f: Float64, { y, notY }: MixedLabels, a: Float64Tensor, b: Float64Tensor): Float64Tensor {
  return f.neg(f.add(f.mul(y, a), f.mul(notY, b)));
}

/**
 * α-weighted focal loss of sigmoid predictions with labels y in [0, 1]; derived in loss/labelled-term.ts.
 *
 * @param c their cross-entropy
 */
export function labelledTerm(
  f: Float64,
  logProbs: LogProbabilities,
  labels: MixedLabels,
  c: Float64Tensor,
  gamma: Operand,
  alpha: SideWeightTensors,
  form: SoftLabels,
  derivatives: Derivatives,
): Term {
  const positive = f.mul(alpha.positive, labels.y);
  const negative = f.mul(alpha.negative, labels.notY);
  if (form === 'termwise') {
    return sumOf(
      f,
      f.scope(() => scaled(f, focalTerm(f, logProbs, gamma, derivatives), positive)),
      f.scope(() => scaled(f, focalTerm(f, complement(logProbs), gamma, derivatives), negative)),
    );
  }
  const crossEntropy = crossEntropyDerivatives(f, logProbs, labels, c);
  const soft = f.scope(() => (form === 'quality' ? distance(f, logProbs, labels) : interpolation(f, logProbs, labels)));
  const modulation = f.scope(() => replaceAtHardLabels(f, logProbs, labels, soft));
  const term = f.scope(() => modulated(f, modulation, crossEntropy, gamma, derivatives));
  if (form === 'quality' && term.hessian) {
    const hessian = f.add(
      term.hessian,
      f.scope(() => curvatureAtRoot(f, logProbs, soft, crossEntropy, gamma)),
    );
    return scaled(f, { ...term, hessian }, f.add(positive, negative));
  }
  return scaled(f, term, f.add(positive, negative));
}

/** @param c the cross-entropy itself */
function crossEntropyDerivatives(
  f: Float64,
  { dLogP, dLogQ, d2LogP, d2LogQ }: LogProbabilities,
  labels: MixedLabels,
  c: Float64Tensor,
): CrossEntropyDerivatives {
  return {
    c,
    dc: f.scope(() => mixedBy(f, labels, dLogP, dLogQ)),
    ...(d2LogP && d2LogQ && { d2c: f.scope(() => mixedBy(f, labels, d2LogP, d2LogQ)) }),
  };
}

/** The modulation of `interpolated`: u = y q + (1 − y) p, which is at least min(y, 1 − y). */
function interpolation(f: Float64, logProbs: LogProbabilities, { y, notY }: MixedLabels): Modulation {
  const { p, q } = logProbs;
  const u = f.add(f.mul(y, q), f.mul(notY, p));
  const v = f.add(f.mul(y, p), f.mul(notY, q));
  const labelSlope = f.div(f.mul(f.sub(notY, y), p), u);
  return {
    logU: logOf(f, u, v),
    slope: f.mul(labelSlope, logProbs.dLogP),
    ...(logProbs.d2LogP && { curvature: f.mul(labelSlope, curvatureOf(f, logProbs.dLogP, logProbs.d2LogP)) }),
  };
}

/** The modulation of `quality`: u = |p − y|. Where u = 0, its derivatives are set to 0 (but see `curvatureAtRoot`). */
function distance(f: Float64, logProbs: LogProbabilities, { y, notY }: MixedLabels): Modulation {
  const { p, q } = logProbs;
  // Computed from the smaller of p and q: near p = 1, p − y would lose the digits of q.
  const signed = f.select(f.less(logProbs.logP, logProbs.logQ), f.sub(p, y), f.sub(notY, q));
  const u = f.abs(signed);
  const v = f.select(f.less(signed, 0), f.add(notY, p), f.add(y, q));
  const atRoot = f.equal(u, 0);
  const ratio = f.select(atRoot, 0, f.div(p, signed));
  return {
    logU: f.select(atRoot, LOG_ZERO, logOf(f, u, v)),
    slope: f.mul(ratio, logProbs.dLogP),
    ...(logProbs.d2LogP && { curvature: f.mul(ratio, curvatureOf(f, logProbs.dLogP, logProbs.d2LogP)) }),
  };
}

/** For γ = 2, |p − y|^γ C has the curvature 2 p′² C at p = y. */
function curvatureAtRoot(
  f: Float64,
  logProbs: LogProbabilities,
  u: Modulation,
  { c }: CrossEntropyDerivatives,
  gamma: Operand,
): Float64Tensor {
  const atRoot = f.both(f.equal(u.logU, LOG_ZERO), f.equal(gamma, 2));
  return f.select(atRoot, f.mul(2, f.mul(f.square(f.mul(logProbs.p, logProbs.dLogP)), c)), 0);
}

/** log u, computed from v = 1 − u near 1, since a large γ magnifies the error of the last digits. */
function logOf(f: Float64, u: Float64Tensor, v: Float64Tensor): Float64Tensor {
  return f.select(f.less(u, 0.5), f.log(u), f.log1p(f.neg(v)));
}

/** At y = 1 and y = 0 all forms equal the hard one, which is exact at every logit. */
function replaceAtHardLabels(
  f: Float64,
  logProbs: LogProbabilities,
  { y, notY }: MixedLabels,
  soft: Modulation,
): Modulation {
  const positive = modulationByQ(f, logProbs);
  const negative = modulationByQ(f, complement(logProbs));
  const isPositive = f.equal(notY, 0);
  const isNegative = f.equal(y, 0);
  const pick = (ofPositive: Float64Tensor, ofNegative: Float64Tensor, ofSoft: Float64Tensor) =>
    f.select(isPositive, ofPositive, f.select(isNegative, ofNegative, ofSoft));
  return {
    logU: pick(positive.logU, negative.logU, soft.logU),
    slope: pick(positive.slope, negative.slope, soft.slope),
    ...(soft.curvature && { curvature: pick(positive.curvature!, negative.curvature!, soft.curvature) }),
  };
}
