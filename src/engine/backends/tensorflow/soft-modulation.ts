import type { Float64, Float64Tensor, Operand } from './float64.ts';
import { type CrossEntropyDerivatives, curvatureOf, type Modulation, modulationByQ } from './focal-term.ts';
import { complement, LOG_ZERO, type LogProbabilities } from './log-probabilities.ts';
import type { MixedLabels } from './mixed-labels.ts';

/** The modulation of `interpolated`: u = y q + (1 − y) p, which is at least min(y, 1 − y). */
export function interpolation(f: Float64, logProbs: LogProbabilities, { y, notY }: MixedLabels): Modulation {
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
export function distance(f: Float64, logProbs: LogProbabilities, { y, notY }: MixedLabels): Modulation {
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
export function curvatureAtRoot(
  f: Float64,
  logProbs: LogProbabilities,
  u: Modulation,
  { c }: CrossEntropyDerivatives,
  gamma: Operand,
): Float64Tensor {
  const atRoot = f.both(f.equal(u.logU, LOG_ZERO), f.equal(gamma, 2));
  return f.select(atRoot, f.mul(2, f.mul(f.square(f.mul(logProbs.p, logProbs.dLogP)), c)), 0);
}

/** At y = 1 and y = 0 all forms equal the hard one, which is exact at every logit. */
export function replaceAtHardLabels(
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

/** log u, computed from v = 1 − u near 1, since a large γ magnifies the error of the last digits. */
function logOf(f: Float64, u: Float64Tensor, v: Float64Tensor): Float64Tensor {
  return f.select(f.less(u, 0.5), f.log(u), f.log1p(f.neg(v)));
}
