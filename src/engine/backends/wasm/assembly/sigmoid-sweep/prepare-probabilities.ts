import { isNearRoot, NEARLY_ZERO } from '../sigmoid/evaluate-records';
import { smoothedComplements, smoothedLabels } from './smoothed-labels';
import { SoftRecord } from './soft-record';
import { SweepParams } from './sweep-params';
import { TermwiseRecord } from './termwise-record';
import { QUALITY } from '../kernel-params';
import { fromProbabilities } from '../math/log-probabilities';
import { logOf } from '../math/vector-math';

// Records of two probabilities, by which gradients are derived: p′ = 1, (log p)′ = 1/p and (log q)′ = −1/q.

/** As `prepareSoftRecord`: u^γ C has the derivative u^γ (γ u′/u C + C′). */
@inline
export function prepareSoftProbabilities(
  params: SweepParams,
  record: SoftRecord,
  x32: v128,
  label32: v128,
  weight32: v128,
  active: v128,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const constants = params.constants;
  const logProbs = params.logProbs;
  fromProbabilities(f64x2.promote_low_f32x4(x32), logProbs, params.epsilon, constants);
  const p = logProbs.p;
  const q = logProbs.q;
  const y = smoothedLabels(params, label32);
  const notY = smoothedComplements(params, label32);
  const weight = f64x2.promote_low_f32x4(weight32);
  let u: v128;
  let v: v128; // 1 − u
  let du: v128;
  if (params.form == QUALITY) {
    // As `quality` in sigmoid/labelled-term.ts, whose derivative at the root is taken for 0.
    const distance = v128.bitselect(f64x2.sub(p, y), f64x2.sub(notY, q), f64x2.lt(p, q));
    const isRoot = isNearRoot(distance);
    u = v128.bitselect(f64x2.splat(NEARLY_ZERO), f64x2.abs(distance), isRoot);
    v = v128.bitselect(f64x2.add(y, q), f64x2.add(notY, p), f64x2.ge(distance, ZERO));
    du = v128.andnot(v128.xor(ONE, v128.and(distance, f64x2.splat(-0.0))), isRoot);
  } else {
    u = f64x2.add(f64x2.mul(y, q), f64x2.mul(notY, p));
    v = f64x2.add(f64x2.mul(y, p), f64x2.mul(notY, q));
    du = f64x2.sub(notY, y);
  }
  const crossEntropy = f64x2.neg(f64x2.add(f64x2.mul(y, logProbs.logP), f64x2.mul(notY, logProbs.logQ)));
  const slope = f64x2.neg(f64x2.add(f64x2.mul(y, logProbs.dLogP), f64x2.mul(notY, logProbs.dLogQ)));
  const weighted = f64x2.mul(weight, crossEntropy);
  record.u = u;
  record.crossEntropy = weighted;
  record.slopeOfGamma = f64x2.mul(f64x2.div(du, u), weighted);
  record.slope = f64x2.mul(slope, weight);
  record.y = y;
  record.notY = notY;
  record.pt = v128.and(v128.bitselect(p, q, record.positive), active);
  if (!params.needsLogarithms) return;
  // For hard labels u is p or q.
  const ofHard = v128.bitselect(logProbs.logQ, logProbs.logP, f64x2.eq(notY, ZERO));
  const isHard = v128.or(f64x2.eq(y, ZERO), f64x2.eq(notY, ZERO));
  record.logU = v128.bitselect(ofHard, logOf(u, v, constants), isHard);
}

/** As `prepareTermwiseRecord`. */
@inline
export function prepareTermwiseProbabilities(
  params: SweepParams,
  record: TermwiseRecord,
  x32: v128,
  label32: v128,
  weight32: v128,
  active: v128,
): void {
  const logProbs = params.logProbs;
  fromProbabilities(f64x2.promote_low_f32x4(x32), logProbs, params.epsilon, params.constants);
  const weight = f64x2.promote_low_f32x4(weight32);
  const shareOfY = f64x2.mul(weight, smoothedLabels(params, label32));
  const shareOfNotY = f64x2.mul(weight, smoothedComplements(params, label32));
  const inverseP = logProbs.dLogP;
  const inverseQ = f64x2.neg(logProbs.dLogQ);
  record.p = logProbs.p;
  record.q = logProbs.q;
  record.logP = logProbs.logP;
  record.logQ = logProbs.logQ;
  record.crossEntropyOfY = f64x2.neg(f64x2.mul(shareOfY, logProbs.logP));
  record.crossEntropyOfNotY = f64x2.neg(f64x2.mul(shareOfNotY, logProbs.logQ));
  record.slopeOfY = f64x2.mul(shareOfY, inverseP);
  record.slopeOfNotY = f64x2.mul(shareOfNotY, inverseQ);
  record.slopeOfGammaOfY = f64x2.mul(record.crossEntropyOfY, inverseQ);
  record.slopeOfGammaOfNotY = f64x2.mul(record.crossEntropyOfNotY, inverseP);
  record.pt = v128.and(v128.bitselect(logProbs.p, logProbs.q, record.positive), active);
}
