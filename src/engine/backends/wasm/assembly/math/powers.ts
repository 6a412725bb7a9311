import { Constants } from './constants';
import { exp } from './vector-math';

/** u^γ for 2γ = `halfSteps`, an integer from 0 to 10: products and one square root. */
@inline
export function halfStepPower(u: v128, halfSteps: i32): v128 {
  const square = f64x2.mul(u, u);
  if (halfSteps == 4) return square;
  let power = halfSteps & 1 ? f64x2.sqrt(u) : f64x2.splat(1);
  if (halfSteps & 2) power = f64x2.mul(power, u);
  if (halfSteps & 4) power = f64x2.mul(power, square);
  if (halfSteps & 8) power = f64x2.mul(power, f64x2.mul(square, square));
  return power;
}

/** u^γ = e^{γ log u} for log u ≤ 0. */
@inline
export function powerOfLog(logU: v128, gamma: v128, constants: Constants): v128 {
  return exp(f64x2.mul(gamma, logU), constants);
}

/** As `halfStepPower`, of four float32 lanes. */
@inline
export function halfStepPowerFloat32(u: v128, halfSteps: i32, constants: Constants): v128 {
  let power = halfSteps & 1 ? f32x4.sqrt(u) : constants.oneFloat32;
  if (halfSteps & 2) power = f32x4.mul(power, u);
  if (halfSteps < 4) return power;
  const square = f32x4.mul(u, u);
  if (halfSteps & 4) power = f32x4.mul(power, square);
  if (halfSteps & 8) power = f32x4.mul(power, f32x4.mul(square, square));
  return power;
}
