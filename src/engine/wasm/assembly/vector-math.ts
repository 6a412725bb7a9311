import { Constants } from './constants';

// Elementary functions on two float64 lanes. A relative error of 2e-9 is enough: float32 rounds at 6e-8, and the error
// of log q grows in e^{γ log q} by a factor of γ |log q| ≤ 88, beyond which float32 is subnormal.

/** e^x for x ≤ 0: x = k ln 2 + r, e^x = 2^k e^r. k stands in the lowest bits of `rounded`, ready for the exponent. */
@inline
export function exp(x: v128, constants: Constants): v128 {
  const bounded = f64x2.pmax(x, constants.lowest);
  const rounded = f64x2.add(f64x2.mul(bounded, constants.log2E), constants.rounder);
  const k = f64x2.sub(rounded, constants.rounder);
  const r = f64x2.sub(bounded, f64x2.mul(k, constants.ln2));
  let sum = f64x2.add(f64x2.mul(constants.e6, r), constants.e5);
  sum = f64x2.add(f64x2.mul(sum, r), constants.e4);
  sum = f64x2.add(f64x2.mul(sum, r), constants.e3);
  sum = f64x2.add(f64x2.mul(sum, r), constants.e2);
  sum = f64x2.add(f64x2.mul(sum, r), constants.e1);
  sum = f64x2.add(f64x2.mul(sum, r), constants.e0);
  return i64x2.add(sum, i64x2.shl(rounded, 52));
}

/** 2 atanh(s) = log((1 + s) / (1 − s)) for |s| ≤ 1/3. */
@inline
export function twiceAtanh(s: v128, constants: Constants): v128 {
  const square = f64x2.mul(s, s);
  let sum = f64x2.add(f64x2.mul(constants.a5, square), constants.a4);
  sum = f64x2.add(f64x2.mul(sum, square), constants.a3);
  sum = f64x2.add(f64x2.mul(sum, square), constants.a2);
  sum = f64x2.add(f64x2.mul(sum, square), constants.a1);
  sum = f64x2.add(f64x2.mul(sum, square), constants.a0);
  return f64x2.mul(s, sum);
}
