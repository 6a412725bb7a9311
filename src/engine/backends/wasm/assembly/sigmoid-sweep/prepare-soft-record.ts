import { SoftRecord } from './soft-record';
import { smoothedComplements, smoothedLabels } from './smoothed-labels';
import { SweepParams } from './sweep-params';
import { QUALITY } from '../kernel-params';
import { expPrecisely, twiceAtanh } from '../math/vector-math';
import { isNearRoot, logOfBase, NEARLY_ZERO } from '../sigmoid/evaluate-records';

/** Computes the terms of the first two of four lanes, as `evaluateForm` of sigmoid/evaluate-records.ts derives them. */
@inline
export function prepareSoftRecord(
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
  const x = f64x2.promote_low_f32x4(x32);
  const weight = f64x2.promote_low_f32x4(weight32);
  const e = expPrecisely(v128.or(x, f64x2.splat(-0.0)), constants);
  const absX = f64x2.abs(x);
  const isAbove = f64x2.ge(x, ZERO);
  const y = smoothedLabels(params, label32);
  const notY = smoothedComplements(params, label32);
  // XOR exchanges: y ^ (y ^ notY) is notY.
  const both = v128.xor(y, notY);
  const b = v128.xor(y, v128.and(both, isAbove));
  const s = v128.xor(b, both);
  const a = f64x2.add(ONE, e);
  const twoPlus = f64x2.add(ONE, a);
  const sE = f64x2.mul(s, e);
  const d = f64x2.sub(b, sE);
  let base: v128;
  let numerator: v128;
  if (params.form == QUALITY) {
    const isRoot = isNearRoot(d);
    base = v128.bitselect(f64x2.splat(NEARLY_ZERO), d, isRoot);
    numerator = v128.andnot(ONE, isRoot);
  } else {
    base = f64x2.add(b, sE);
    numerator = f64x2.sub(b, s);
  }
  const product = f64x2.mul(a, base);
  const inverse = f64x2.div(ONE, f64x2.mul(product, twoPlus));
  const log1p = twiceAtanh(f64x2.mul(f64x2.mul(e, product), inverse), constants);
  const inverseTwoPlus = f64x2.mul(inverse, twoPlus);
  const larger = f64x2.mul(inverseTwoPlus, base);
  const smaller = f64x2.mul(e, larger);
  const crossEntropy = f64x2.add(log1p, f64x2.mul(b, absX));
  const u = f64x2.mul(f64x2.abs(base), larger);
  const ratio = f64x2.mul(f64x2.mul(e, a), inverseTwoPlus);
  const weighted = f64x2.mul(weight, crossEntropy);
  record.u = u;
  record.crossEntropy = weighted;
  record.slopeOfGamma = f64x2.mul(f64x2.mul(larger, f64x2.mul(numerator, ratio)), weighted);
  record.slope = f64x2.mul(f64x2.mul(larger, d), weight);
  record.y = y;
  record.notY = notY;
  const isPositive = record.positive;
  record.pt = v128.and(v128.bitselect(smaller, larger, v128.xor(isAbove, isPositive)), active);
  if (params.needsLogarithms) {
    record.logU = logOfBase(u, b, s, larger, smaller, d, log1p, absX, params.form, constants);
  }
}
