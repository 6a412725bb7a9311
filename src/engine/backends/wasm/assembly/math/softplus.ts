import { Constants } from './constants';
import { multiplyAdd, subtractProduct } from './multiply-add';

// As in vector-math.ts, on four float32 lanes: within 2 ulp, which suffices as everything else is computed in float64.

/** e^x for |x| ≤ MAX_EXP_ARGUMENT. */
@inline
export function expFloat32(x: v128, constants: Constants): v128 {
  const rounder = constants.rounderFloat32;
  const rounded = multiplyAdd<f32>(x, constants.log2EFloat32, rounder);
  const k = f32x4.sub(rounded, rounder);
  const r = subtractProduct<f32>(subtractProduct<f32>(x, k, constants.ln2High), k, constants.ln2Low);
  const r2 = f32x4.mul(r, r);
  const low = multiplyAdd<f32>(constants.g3, r, constants.g2);
  const middle = multiplyAdd<f32>(constants.g5, r, constants.g4);
  const high = multiplyAdd<f32>(constants.g6, r2, middle);
  const tail = multiplyAdd<f32>(high, r2, low);
  const sum = f32x4.add(constants.oneFloat32, multiplyAdd<f32>(tail, r2, r));
  return i32x4.add(sum, i32x4.shl(rounded, 23));
}

/**
 * Stores e^x for |x| ≤ MAX_EXP_ARGUMENT as the sum of two float32 numbers: as `expFloat32`, and the rounding errors of its last
 * two sums and of r, which leaves a relative error of 1e-8.
 * These are errors of sums of rounded products: `rest` and `tail` must not be fused with the sums.
 *
 * @param low offset of the second number from the first
 */
@inline
export function storeExp(at: usize, low: usize, x: v128, active: v128, constants: Constants): void {
  const one = constants.oneFloat32;
  const rounder = constants.rounderFloat32;
  const rounded = multiplyAdd<f32>(x, constants.log2EFloat32, rounder);
  const k = f32x4.sub(rounded, rounder);
  const exact = subtractProduct<f32>(x, k, constants.ln2High);
  const rest = f32x4.mul(k, constants.ln2Low);
  const r = f32x4.sub(exact, rest);
  const rError = f32x4.sub(f32x4.sub(exact, r), rest);
  const r2 = f32x4.mul(r, r);
  const even = multiplyAdd<f32>(constants.g3, r, constants.g2);
  const middle = multiplyAdd<f32>(constants.g5, r, constants.g4);
  const high = multiplyAdd<f32>(constants.g6, r2, middle);
  const tail = f32x4.mul(multiplyAdd<f32>(high, r2, even), r2);
  const t = f32x4.add(r, tail);
  const tError = f32x4.add(f32x4.sub(tail, f32x4.sub(t, r)), multiplyAdd<f32>(rError, r, rError));
  const sum = f32x4.add(one, t);
  const error = f32x4.add(f32x4.sub(t, f32x4.sub(sum, one)), tError);
  const exponent = i32x4.shl(rounded, 23);
  v128.store(at, v128.and(i32x4.add(sum, exponent), active));
  v128.store(at + low, v128.and(f32x4.mul(error, i32x4.add(one, exponent)), active));
}

/** `base` + log1p(a / b), where a is the smaller and b the larger of e and 1: 2 atanh(a / (a + 2b)). */
@inline
export function addLog1p(e: v128, base: v128, one: v128, b1: v128, b2: v128, b3: v128, b4: v128): v128 {
  const larger = f32x4.pmax(e, one);
  const smaller = f32x4.pmin(e, one);
  const s = f32x4.div(smaller, f32x4.add(smaller, f32x4.add(larger, larger)));
  return f32x4.add(twiceAtanhFloat32(s, b1, b2, b3, b4), base);
}

/** 2 atanh(s) for |s| ≤ 1/3, likewise. */
@inline
export function twiceAtanhFloat32(s: v128, b1: v128, b2: v128, b3: v128, b4: v128): v128 {
  const s2 = f32x4.mul(s, s);
  const low = multiplyAdd<f32>(b2, s2, b1);
  const high = multiplyAdd<f32>(b4, s2, b3);
  const tail = multiplyAdd<f32>(high, f32x4.mul(s2, s2), low);
  return multiplyAdd<f32>(s, f32x4.mul(tail, s2), f32x4.add(s, s));
}

/** log1p(e) for e in [0, 1], likewise. @param two not a constant, which would be rebuilt at every use */
@inline
export function log1pOfUnit(e: v128, two: v128, b1: v128, b2: v128, b3: v128, b4: v128): v128 {
  return twiceAtanhFloat32(f32x4.div(e, f32x4.add(e, two)), b1, b2, b3, b4);
}

/** softplus(x) = log(1 + e) = max(x, 0) + log1p(a / b), given e = e^x. */
@inline
export function softplus(x: v128, e: v128, constants: Constants): v128 {
  const base = f32x4.pmax(x, f32x4.splat(0));
  return addLog1p(e, base, constants.oneFloat32, constants.b1, constants.b2, constants.b3, constants.b4);
}

/** For |x| beyond this, e^x or e^−x is not a normal float32. */
export const MAX_EXP_ARGUMENT: f32 = 87;
