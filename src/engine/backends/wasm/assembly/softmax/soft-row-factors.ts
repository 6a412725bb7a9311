import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { timesPoly } from './soft-poly';

// What the classes that soft-row-float32.ts evaluates are multiplied by. Of κ, the float32 and what that lacks are given.

/**
 * q^{γ−1} (q − γ p log p), and what Poly-1 adds.
 *
 * @param slopeGamma γ, or 0 if the factor is detached: q^γ then
 * @param polyPower 1 more than it
 */
@inline
export function slopeOf(
  p: v128,
  logP: v128,
  polyHigh: v128,
  polyLow: v128,
  one: v128,
  slopeGamma: v128,
  polyPower: v128,
  gamma: i32,
  hasPoly: bool,
): v128 {
  if (gamma == 0) return hasPoly ? f32x4.add(one, timesPoly(polyHigh, polyLow, p)) : one;
  const q = f32x4.sub(one, p);
  let factor = subtractProduct<f32>(q, f32x4.mul(slopeGamma, p), logP);
  if (hasPoly) factor = multiplyAdd<f32>(timesPoly(polyHigh, polyLow, f32x4.mul(p, q)), polyPower, factor);
  return timesPowerBelow(factor, q, gamma);
}

/** The cross-entropy times q^γ, and what Poly-1 adds; negative as well. */
@inline
export function lossOf(
  crossEntropy: v128,
  y: v128,
  p: v128,
  polyHigh: v128,
  polyLow: v128,
  one: v128,
  gamma: i32,
  hasPoly: bool,
): v128 {
  if (gamma == 0 && !hasPoly) return crossEntropy;
  const q = f32x4.sub(one, p);
  const loss = hasPoly ? subtractProduct<f32>(crossEntropy, y, timesPoly(polyHigh, polyLow, q)) : crossEntropy;
  return gamma == 0 ? loss : timesPowerBelow(f32x4.mul(loss, q), q, gamma);
}

/** Times q^{γ−1}, for γ from 1 to 3. */
@inline
function timesPowerBelow(x: v128, q: v128, gamma: i32): v128 {
  if (gamma == 1) return x;
  return f32x4.mul(x, gamma == 2 ? q : f32x4.mul(q, q));
}
