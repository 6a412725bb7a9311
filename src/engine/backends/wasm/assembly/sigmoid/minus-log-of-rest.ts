import { subtractProduct } from '../math/multiply-add';
import { twiceAtanhFloat32 } from '../math/softplus';

/**
 * −log v of four float32 v = 1 − u in (0, 1]: with v = m 2^k and m from √½ to √2, −k log 2 and 2 atanh((1 − m) / (1 + m)) add up
 * without cancelling. Where k is 0, 1 − m is u, which has the digits that v lacks near 1: what v lacks is added to it.
 *
 * @param sqrtHalf and `ln2`: not constants, which would be rebuilt at every use
 */
@inline
export function minusLogOfRest(
  u: v128,
  v: v128,
  one: v128,
  sqrtHalf: v128,
  ln2: v128,
  b1: v128,
  b2: v128,
  b3: v128,
  b4: v128,
): v128 {
  const k = i32x4.shr_s(i32x4.sub(v, sqrtHalf), 23);
  const m = i32x4.sub(v, i32x4.shl(k, 23));
  const lacking = f32x4.add(f32x4.sub(v, one), u);
  const rest = f32x4.add(f32x4.sub(one, m), lacking);
  const s = f32x4.div(rest, f32x4.sub(f32x4.add(one, one), rest));
  return subtractProduct<f32>(twiceAtanhFloat32(s, b1, b2, b3, b4), f32x4.convert_i32x4_s(k), ln2);
}
