import { Constants } from '../../backends/wasm/assembly/math/constants';
import { multiplyAdd } from '../../backends/wasm/assembly/math/multiply-add';
import { expPrecisely } from '../../backends/wasm/assembly/math/vector-math';

const SIGN: f64 = -0.0;

/** e^−|x| */
@inline
export function expOfMagnitude(x: v128, constants: Constants): v128 {
  return expPrecisely(v128.or(x, f64x2.splat(SIGN)), constants);
}

/** σ(x), given e = e^−|x|. */
@inline
export function sigmoidOf(x: v128, e: v128, constants: Constants): v128 {
  const larger = f64x2.div(constants.one, f64x2.add(constants.one, e));
  return v128.bitselect(larger, f64x2.mul(e, larger), f64x2.ge(x, f64x2.splat(0)));
}

/**
 * The posterior of p = σ(x), whose odds are h(p) / h(q) e^−offset with
 * log h(p) = log p − γ log q − log(1 + γ r(p)), r(p) = −p log p / q. As log p − log q = x, they are
 *
 *     e^w (1 + γ r(q)) / (1 + γ r(p)),   w = (1 + γ) x − offset,
 *
 * in which nothing cancels and only e^w is large. For x ≥ 0 and e = e^−x, −log p = log1p(e), so that r(p) = log1p(e) / e and
 * r(q) = e (x + log1p(e)); for x < 0 they change places.
 *
 * @param e e^−|x|
 */
@inline
export function posteriorOf(x: v128, e: v128, gamma: v128, offset: v128, constants: Constants): v128 {
  const one = constants.one;
  const zero = f64x2.splat(0);
  // log1p(e) = 2 atanh(s), s = e / (2 + e); divided by e it is the series over (2 + e).
  const inverse = f64x2.div(one, f64x2.add(f64x2.add(one, one), e));
  const rOfLarger = f64x2.mul(atanhSeries(f64x2.mul(e, inverse), constants), inverse);
  const rOfSmaller = f64x2.mul(e, multiplyAdd<f64>(e, rOfLarger, f64x2.abs(x)));
  const ofLarger = multiplyAdd<f64>(gamma, rOfLarger, one);
  const ofSmaller = multiplyAdd<f64>(gamma, rOfSmaller, one);
  const isPositive = f64x2.ge(x, zero);
  const w = f64x2.sub(multiplyAdd<f64>(gamma, x, x), offset);
  const power = expOfMagnitude(w, constants);
  const numerator = v128.bitselect(ofSmaller, ofLarger, isPositive);
  const denominator = v128.bitselect(ofLarger, ofSmaller, isPositive);
  const isLarge = f64x2.ge(w, zero);
  const above = v128.bitselect(numerator, f64x2.mul(power, numerator), isLarge);
  const below = v128.bitselect(f64x2.mul(power, denominator), denominator, isLarge);
  return f64x2.div(above, f64x2.add(above, below));
}

/** 2 atanh(s) / s for |s| ≤ 1/3. */
@inline
function atanhSeries(s: v128, constants: Constants): v128 {
  const s2 = f64x2.mul(s, s);
  const s4 = f64x2.mul(s2, s2);
  const low = multiplyAdd<f64>(constants.a1, s2, constants.a0);
  const middle = multiplyAdd<f64>(constants.a3, s2, constants.a2);
  const high = multiplyAdd<f64>(constants.a5, s2, constants.a4);
  return multiplyAdd<f64>(high, f64x2.mul(s4, s4), multiplyAdd<f64>(middle, s4, low));
}
