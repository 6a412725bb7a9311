import { Constants } from './constants';
import { powerSeries } from './exp-float32';
import { demote, highHalf } from './float32-lanes';
import { multiplyAdd, subtractProduct } from './multiply-add';
import { biasedExponent, exp, exponentOf, mantissa } from './vector-math';

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

/** As `halfStepPower`, of four u, as float32. Where `halfSteps` is no constant, both halves share its branches. */
@inline
export function halfStepPowerOfFour(low: v128, high: v128, halfSteps: i32, constants: Constants): v128 {
  if (halfSteps == 0) return constants.oneFloat32;
  let lowPower = constants.one;
  let highPower = lowPower;
  if (halfSteps & 1) {
    lowPower = f64x2.sqrt(low);
    highPower = f64x2.sqrt(high);
  }
  if (halfSteps & 2) {
    lowPower = f64x2.mul(lowPower, low);
    highPower = f64x2.mul(highPower, high);
  }
  if (halfSteps & 12) {
    const lowSquare = f64x2.mul(low, low);
    const highSquare = f64x2.mul(high, high);
    if (halfSteps & 4) {
      lowPower = f64x2.mul(lowPower, lowSquare);
      highPower = f64x2.mul(highPower, highSquare);
    }
    if (halfSteps & 8) {
      lowPower = f64x2.mul(lowPower, f64x2.mul(lowSquare, lowSquare));
      highPower = f64x2.mul(highPower, f64x2.mul(highSquare, highSquare));
    }
  }
  return demote(lowPower, highPower);
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

/** e^x of four x in [−87, 87], within 1.2e-7, as float32: x has the digits of a float64, and what is left of it is small. */
@inline
export function expOfFour(low: v128, high: v128, constants: Constants): v128 {
  const lowRounded = multiplyAdd<f64>(low, constants.log2E, constants.rounder);
  const highRounded = multiplyAdd<f64>(high, constants.log2E, constants.rounder);
  const lowR = subtractProduct<f64>(low, f64x2.sub(lowRounded, constants.rounder), constants.ln2);
  const highR = subtractProduct<f64>(high, f64x2.sub(highRounded, constants.rounder), constants.ln2);
  const r = demote(lowR, highR);
  const u = powerSeries(r, constants.g2, constants.g3, constants.g4, constants.g5, constants.g6);
  const k = i32x4.shuffle(lowRounded, highRounded, 0, 2, 4, 6);
  return i32x4.add(f32x4.add(constants.oneFloat32, u), i32x4.shl(k, 23));
}

/** 2 atanh(s) − 2 s of four float32 |s| ≤ 1/3: so small that the sum of both has an error of 3e-9, if 2 s is a float64. */
@inline
export function twiceAtanhTail(s: v128, constants: Constants): v128 {
  const s2 = f32x4.mul(s, s);
  const low = multiplyAdd<f32>(constants.b2, s2, constants.b1);
  const high = multiplyAdd<f32>(constants.b4, s2, constants.b3);
  return f32x4.mul(f32x4.mul(s, s2), multiplyAdd<f32>(high, f32x4.mul(s2, s2), low));
}

/** u^γ of four normal u in (0, 1], within 1.2e-7, as float32, for γ log u in [−87, 87]. */
@inline
export function powerOfFour(lowU: v128, highU: v128, lowGamma: v128, highGamma: v128, constants: Constants): v128 {
  const two = f64x2.splat(2);
  const lowBiased = biasedExponent(lowU);
  const highBiased = biasedExponent(highU);
  const lowAbove = f64x2.sub(mantissa(lowU, lowBiased), constants.one);
  const highAbove = f64x2.sub(mantissa(highU, highBiased), constants.one);
  const lowS = f64x2.div(lowAbove, f64x2.add(lowAbove, two));
  const highS = f64x2.div(highAbove, f64x2.add(highAbove, two));
  const tail = twiceAtanhTail(demote(lowS, highS), constants);
  const lowM = f64x2.add(f64x2.add(lowS, lowS), f64x2.promote_low_f32x4(tail));
  const highM = f64x2.add(f64x2.add(highS, highS), f64x2.promote_low_f32x4(highHalf(tail)));
  const lowLog = multiplyAdd<f64>(exponentOf(lowBiased), constants.ln2, lowM);
  const highLog = multiplyAdd<f64>(exponentOf(highBiased), constants.ln2, highM);
  return expOfFour(f64x2.mul(lowGamma, lowLog), f64x2.mul(highGamma, highLog), constants);
}
