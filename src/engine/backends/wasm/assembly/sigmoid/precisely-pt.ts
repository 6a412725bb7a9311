import { Constants } from '../math/constants';
import { expPrecisely } from '../math/vector-math';

/**
 * p_t of two elements in float64, 1 / (1 + e^z) with z = −x for a positive and z = x for a negative label.
 *
 * @param at address of their logits
 * @param positive mask of the positive lanes
 */
@inline
export function preciselyPt(at: usize, positive: v128, constants: Constants): v128 {
  const SIGN = f64x2.splat(-0.0);
  const x = f64x2.promote_low_f32x4(v128.load64_zero(at));
  const e = expPrecisely(v128.or(x, SIGN), constants); // e^−|x|
  const larger = f64x2.div(constants.one, f64x2.add(constants.one, e));
  const isLarger = v128.not(v128.xor(f64x2.ge(x, f64x2.splat(0)), positive));
  return v128.bitselect(larger, f64x2.mul(e, larger), isLarger);
}
