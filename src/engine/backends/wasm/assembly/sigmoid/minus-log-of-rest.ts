import { Constants } from '../math/constants';
import { multiplyAdd } from '../math/multiply-add';
import { twiceAtanhFloat32 } from '../math/softplus';

/**
 * −log v of four float32 v = 1 − u in (0, 1]: with v = m / 2^k and m in [½, 1), log 2^k and 2 atanh((1 − m) / (1 + m)) add up
 * without cancelling. Where k is 0, 1 − m is u, which has the digits that v lacks near 1.
 */
@inline
export function minusLogOfRest(u: v128, v: v128, constants: Constants): v128 {
  const one = constants.oneFloat32;
  const ZERO = i32x4.splat(0);
  const two = f32x4.add(one, one);
  // The exponent of v, from that of numbers in [½, 1).
  const k = i32x4.max_s(i32x4.sub(i32x4.shr_u(i32x4.sub(one, i32x4.sub(two, one)), 23), i32x4.shr_u(v, 23)), ZERO);
  const m = i32x4.add(v, i32x4.shl(k, 23));
  const rest = v128.bitselect(u, f32x4.sub(one, m), i32x4.eq(k, ZERO));
  const s = f32x4.div(rest, f32x4.sub(two, rest));
  const logM = twiceAtanhFloat32(s, constants.b1, constants.b2, constants.b3, constants.b4);
  // k ln 2 in two parts: rounded, it would be off by the same for all elements.
  const exponent = f32x4.convert_i32x4_s(k);
  return multiplyAdd<f32>(exponent, constants.ln2High, multiplyAdd<f32>(exponent, constants.ln2Low, logM));
}
