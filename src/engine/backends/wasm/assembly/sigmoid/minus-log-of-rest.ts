import { Constants } from '../math/constants';
import { multiplyAdd } from '../math/multiply-add';

/**
 * −log v of four float32 v = 1 − u in (0, 1]: with v = m / 2^k and m in [½, 1), log 2^k and 2 atanh((1 − m) / (1 + m)) add up
 * without cancelling. Where k is 0, 1 − m is u, which has the digits that v lacks near 1.
 *
 * @param ln2 as float32, not a constant, which would be rebuilt at every use
 */
@inline
export function minusLogOfRest(u: v128, v: v128, ln2: v128, constants: Constants): v128 {
  const one = constants.oneFloat32;
  const ZERO = i32x4.splat(0);
  const two = f32x4.add(one, one);
  // The exponent of v, from that of numbers in [½, 1).
  const k = i32x4.max_s(i32x4.sub(i32x4.shr_u(i32x4.sub(one, i32x4.sub(two, one)), 23), i32x4.shr_u(v, 23)), ZERO);
  const m = i32x4.add(v, i32x4.shl(k, 23));
  const rest = v128.bitselect(u, f32x4.sub(one, m), i32x4.eq(k, ZERO));
  const s = f32x4.div(rest, f32x4.sub(two, rest));
  const s2 = f32x4.mul(s, s);
  const low = multiplyAdd<f32>(constants.b2, s2, constants.b1);
  const high = multiplyAdd<f32>(constants.b4, s2, constants.b3);
  const tail = multiplyAdd<f32>(high, f32x4.mul(s2, s2), low);
  const logM = multiplyAdd<f32>(s, f32x4.mul(tail, s2), f32x4.add(s, s));
  return multiplyAdd<f32>(f32x4.convert_i32x4_s(k), ln2, logM);
}
