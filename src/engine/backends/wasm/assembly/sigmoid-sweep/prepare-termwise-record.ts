import { smoothedComplements, smoothedLabels } from './smoothed-labels';
import { SweepParams } from './sweep-params';
import { TermwiseRecord } from './termwise-record';
import { expPrecisely, twiceAtanh } from '../math/vector-math';

/** Computes the terms of the first two of four lanes: (−log p)′ = −q, (−log q)′ = p, (log q)′ = −p and (log p)′ = q. */
@inline
export function prepareTermwiseRecord(
  params: SweepParams,
  record: TermwiseRecord,
  x32: v128,
  label32: v128,
  weight32: v128,
  active: v128,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const constants = params.constants;
  const x = f64x2.promote_low_f32x4(x32);
  const weight = f64x2.promote_low_f32x4(weight32);
  // With e = e^−|x|, as `fromLogits` in math/log-probabilities.ts.
  const e = expPrecisely(v128.or(x, f64x2.splat(-0.0)), constants);
  const onePlus = f64x2.add(ONE, e);
  const larger = f64x2.div(ONE, onePlus);
  const smaller = f64x2.mul(e, larger);
  const log1p = twiceAtanh(f64x2.div(e, f64x2.add(ONE, onePlus)), constants);
  const isAbove = f64x2.ge(x, ZERO);
  const p = v128.bitselect(larger, smaller, isAbove);
  const q = v128.bitselect(smaller, larger, isAbove);
  const minusLogP = f64x2.add(f64x2.pmax(f64x2.neg(x), ZERO), log1p);
  const minusLogQ = f64x2.add(f64x2.pmax(x, ZERO), log1p);
  const shareOfY = f64x2.mul(weight, smoothedLabels(params, label32));
  const shareOfNotY = f64x2.mul(weight, smoothedComplements(params, label32));
  record.p = p;
  record.q = q;
  record.logP = f64x2.neg(minusLogP);
  record.logQ = f64x2.neg(minusLogQ);
  record.crossEntropyOfY = f64x2.mul(shareOfY, minusLogP);
  record.crossEntropyOfNotY = f64x2.mul(shareOfNotY, minusLogQ);
  record.slopeOfY = f64x2.mul(shareOfY, q);
  record.slopeOfNotY = f64x2.mul(shareOfNotY, p);
  record.slopeOfGammaOfY = f64x2.mul(p, record.crossEntropyOfY);
  record.slopeOfGammaOfNotY = f64x2.mul(q, record.crossEntropyOfNotY);
  record.pt = v128.and(v128.bitselect(p, q, record.positive), active);
}
