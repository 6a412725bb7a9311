import { Constants } from './constants';
import { multiplyAdd, subtractProduct } from './multiply-add';

// Elementary functions on two float64 lanes. A relative error of 2e-9 is enough: float32 rounds at 6e-8, and the error
// of log q grows in e^{γ log q} by a factor of γ |log q| ≤ 88, beyond which float32 is subnormal.
//
// Polynomials are evaluated by Estrin's scheme, not Horner's: the speed of a kernel is bounded by its longest chain of
// dependent operations.

/** e^x for x ≤ 0: x = k ln 2 + r, e^x = 2^k e^r. The lowest bits of `rounded` are k, which is added to the exponent. */
@inline
export function exp(x: v128, constants: Constants): v128 {
  const bounded = f64x2.pmax(x, constants.lowest);
  const rounded = multiplyAdd<f64>(bounded, constants.log2E, constants.rounder);
  const k = f64x2.sub(rounded, constants.rounder);
  const r = subtractProduct<f64>(bounded, k, constants.ln2);
  const r2 = f64x2.mul(r, r);
  const low = multiplyAdd<f64>(constants.e1, r, constants.e0);
  const middle = multiplyAdd<f64>(constants.e3, r, constants.e2);
  const high = multiplyAdd<f64>(constants.e6, r2, multiplyAdd<f64>(constants.e5, r, constants.e4));
  const sum = multiplyAdd<f64>(high, f64x2.mul(r2, r2), multiplyAdd<f64>(middle, r2, low));
  return i64x2.add(sum, i64x2.shl(rounded, 52));
}

/** As `exp`, with a relative error of 1e-13: for results that are subtracted from labels, where digits cancel. */
@inline
export function expPrecisely(x: v128, constants: Constants): v128 {
  const bounded = f64x2.pmax(x, constants.lowest);
  const rounded = multiplyAdd<f64>(bounded, constants.log2E, constants.rounder);
  const k = f64x2.sub(rounded, constants.rounder);
  const r = subtractProduct<f64>(bounded, k, constants.ln2);
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const t0 = f64x2.add(r, constants.one);
  const t2 = multiplyAdd<f64>(constants.f3, r, constants.f2);
  const t4 = multiplyAdd<f64>(constants.f5, r, constants.f4);
  const t6 = multiplyAdd<f64>(constants.f7, r, constants.f6);
  const t8 = multiplyAdd<f64>(constants.f9, r, constants.f8);
  const t10 = multiplyAdd<f64>(constants.f11, r, constants.f10);
  const low = multiplyAdd<f64>(t2, r2, t0);
  const middle = multiplyAdd<f64>(t6, r2, t4);
  const high = multiplyAdd<f64>(t10, r2, t8);
  const sum = multiplyAdd<f64>(multiplyAdd<f64>(high, r4, middle), r4, low);
  return i64x2.add(sum, i64x2.shl(rounded, 52));
}

/** 2 atanh(s) = log((1 + s) / (1 − s)) for |s| ≤ 1/3. */
@inline
export function twiceAtanh(s: v128, constants: Constants): v128 {
  const s2 = f64x2.mul(s, s);
  const s4 = f64x2.mul(s2, s2);
  const low = multiplyAdd<f64>(constants.a1, s2, constants.a0);
  const middle = multiplyAdd<f64>(constants.a3, s2, constants.a2);
  const high = multiplyAdd<f64>(constants.a5, s2, constants.a4);
  const sum = multiplyAdd<f64>(high, f64x2.mul(s4, s4), multiplyAdd<f64>(middle, s4, low));
  return f64x2.mul(s, sum);
}

const SQRT_2: f64 = 1.4142135623730951;

/** log x for one normal x > 0: x = 2^k m with m in [√½, √2], log x = k ln 2 + 2 atanh((m − 1) / (m + 1)). */
export function log(x: f64, constants: Constants): f64 {
  const bits = reinterpret<u64>(x);
  let k = i64(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > SQRT_2) {
    m *= 0.5;
    k += 1;
  }
  const logM = f64x2.extract_lane(twiceAtanh(f64x2.splat((m - 1) / (m + 1)), constants), 0);
  return f64(k) * f64x2.extract_lane(constants.ln2, 0) + logM;
}

const SQRT_HALF_BITS: i64 = 0x3fe6a09e667f3bcd;
const ONE_BITS: i64 = 0x3ff0000000000000;

/**
 * log u for normal u in (0, 1], given v = 1 − u as well: near 1, where u lacks the digits, log u is computed from v. As in
 * `log`, u = 2^k m.
 */
@inline
export function logOf(u: v128, v: v128, constants: Constants): v128 {
  const ONE = f64x2.splat(1);
  const biased = biasedExponent(u);
  const k = exponentOf(biased);
  const m = mantissa(u, biased);
  const above = v128.bitselect(f64x2.neg(v), f64x2.sub(m, ONE), f64x2.eq(k, f64x2.splat(0)));
  const logM = twiceAtanh(f64x2.div(above, f64x2.add(m, ONE)), constants);
  return multiplyAdd<f64>(k, constants.ln2, logM);
}

/**
 * k, biased by 1023, for u = 2^k m with m in [√½, √2]: adding the distance from √½ to 1 to the bits makes the exponent change at
 * √½ instead of 1.
 */
@inline
export function biasedExponent(u: v128): v128 {
  return i64x2.shr_u(i64x2.add(u, i64x2.splat(ONE_BITS - SQRT_HALF_BITS)), 52);
}

/** k, which reads as a number as the fraction bits of 2^52. */
@inline
export function exponentOf(biased: v128): v128 {
  return f64x2.sub(v128.or(biased, f64x2.splat(4503599627370496)), f64x2.splat(4503599627370496 + 1023));
}

/** m */
@inline
export function mantissa(u: v128, biased: v128): v128 {
  return i64x2.add(i64x2.sub(u, i64x2.shl(biased, 52)), i64x2.splat(ONE_BITS));
}

/** log(1 + x) for one x ≥ −½, precise for tiny x as well. */
export function log1p(x: f64, constants: Constants): f64 {
  if (x > 1) return log(1 + x, constants);
  return f64x2.extract_lane(twiceAtanh(f64x2.splat(x / (2 + x)), constants), 0);
}
