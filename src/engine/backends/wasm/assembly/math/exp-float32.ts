import { Constants } from './constants';

// e^x in four float32 lanes, in steps, so that a sum can have more digits than its terms. With k = round(x log₂ e),
// r = x − k ln 2 and u = e^r − 1, e^x = 2^k (1 + u). Rounding 1 + u makes most of the error (6e-8 of 1e-7); what it rounds
// off is u − (s − 1) exactly, where s is the rounded sum.

/** For larger |x|, k · ln2High is not exact. */
export const MAX_ARGUMENT: f32 = 350;

/** A float32 whose lowest bits are k. */
@inline
export function roundedExponent(x: v128, constants: Constants): v128 {
  return f32x4.add(f32x4.mul(x, constants.log2EFloat32), constants.rounderFloat32);
}

/** u, for |x| ≤ MAX_ARGUMENT: off by 4e-8 at most. */
@inline
export function expMinusOne(x: v128, rounded: v128, constants: Constants): v128 {
  return expMinusOneOf(reduced(x, rounded, constants), constants);
}

/** r */
@inline
export function reduced(x: v128, rounded: v128, constants: Constants): v128 {
  const k = f32x4.sub(rounded, constants.rounderFloat32);
  return f32x4.sub(f32x4.sub(x, f32x4.mul(k, constants.ln2High)), f32x4.mul(k, constants.ln2Low));
}

/** u, given r. */
@inline
export function expMinusOneOf(r: v128, constants: Constants): v128 {
  const r2 = f32x4.mul(r, r);
  const low = f32x4.add(f32x4.mul(constants.g3, r), constants.g2);
  const middle = f32x4.add(f32x4.mul(constants.g5, r), constants.g4);
  const high = f32x4.add(middle, f32x4.mul(constants.g6, r2));
  return f32x4.add(r, f32x4.mul(f32x4.add(low, f32x4.mul(high, r2)), r2));
}

/** 2^(k − n) for k − n in [−126, 127], and 0 for k − n = −127. @param bias 127 − n, as int32 */
@inline
export function powerOfTwo(rounded: v128, bias: v128): v128 {
  return i32x4.shl(i32x4.add(rounded, bias), 23);
}
