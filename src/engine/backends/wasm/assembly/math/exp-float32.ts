import { Constants } from './constants';
import { multiplyAdd, subtractProduct } from './multiply-add';

// e^x in four float32 lanes, in steps, so that a sum can have more digits than its terms. With k = round(x log₂ e),
// r = x − k ln 2 and u = e^r − 1, e^x = 2^k (1 + u). Rounding 1 + u makes most of the error (6e-8 of 1e-7); what it rounds
// off is u − (s − 1) exactly, where s is the rounded sum.

/** For larger |x|, k · ln2High is not exact. */
export const MAX_ARGUMENT: f32 = 350;

/** A float32 whose lowest bits are k. */
@inline
export function roundedExponent(x: v128, constants: Constants): v128 {
  return multiplyAdd<f32>(x, constants.log2EFloat32, constants.rounderFloat32);
}

/** u, for |x| ≤ MAX_ARGUMENT: off by 4e-8 at most. */
@inline
export function expMinusOne(x: v128, rounded: v128, constants: Constants): v128 {
  const r = reduced(x, rounded, constants.rounderFloat32, constants.ln2High, constants.ln2Low);
  return powerSeries(r, constants.g2, constants.g3, constants.g4, constants.g5, constants.g6);
}

/** r */
@inline
export function reduced(x: v128, rounded: v128, rounder: v128, ln2High: v128, ln2Low: v128): v128 {
  const k = f32x4.sub(rounded, rounder);
  return subtractProduct<f32>(subtractProduct<f32>(x, k, ln2High), k, ln2Low);
}

/** u = r + r² (g2 + g3 r + …) */
@inline
export function powerSeries(r: v128, g2: v128, g3: v128, g4: v128, g5: v128, g6: v128): v128 {
  const r2 = f32x4.mul(r, r);
  const low = multiplyAdd<f32>(g3, r, g2);
  const middle = multiplyAdd<f32>(g5, r, g4);
  const high = multiplyAdd<f32>(g6, r2, middle);
  return multiplyAdd<f32>(multiplyAdd<f32>(high, r2, low), r2, r);
}

/** 2^(k − n) for k − n in [−126, 127], and 0 for k − n = −127. @param bias 127 − n, as int32 */
@inline
export function powerOfTwo(rounded: v128, bias: v128): v128 {
  return i32x4.shl(i32x4.add(rounded, bias), 23);
}
