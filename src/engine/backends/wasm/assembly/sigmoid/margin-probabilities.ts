import { KernelParams } from '../kernel-params';
import { Constants } from '../math/constants';
import { demote, highHalf } from '../math/float32-lanes';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { halfStepPowerOfFour, powerOfFour } from '../math/powers';
import { exp } from '../math/vector-math';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, E_LOW, PT, QUAD_SIZE } from './quads';
import { gammaOf, hasAnyGamma } from './side-gammas';

/** u^(γ−1), in place of E. */
export const POWER_BELOW: usize = 0;
export const BASE: usize = 16;

/** The logarithm of the smallest power that `powerOfFour` computes. */
const MIN_POWER: f64 = -86;

/**
 * For a row of `loadMarginRow` with a margin m: writes u, the probability of the wrong label, and u^(γ−1), p_t, which is 0 for
 * elements that contribute nothing, and E = e^x, with the sign of the label, in place of the cross-entropy. With P = σ(x), u is P − m for negatives, which are without loss where it is not above 0, and
 * 1 − P for positives.
 *
 * A power of u magnifies its error, and as a difference it has few digits near the margin. With w = e^d − 1, where d is the distance
 * of x from the logit of m, u = m w / (1 + e^x) and e^x = (1 + w) m / (1 − m). Where no power of two is taken out, w is r + r² / 2 + r³ (…):
 * with the first two in float64 and the rest in float32 it is within 1e-8.
 *
 * @param from address of the predictions
 */
export function completeMarginRow(params: KernelParams, row: usize, from: usize, firstPair: u32, quads: u32): void {
  storeDistances(params, row, from, quads, 0, false);
  if (hasAnyGamma(params)) storeProbabilities(params, row, firstPair, quads, false, true);
  else storeProbabilities(params, row, 0, quads, false, false);
}

/** As `loadNegativeRow`, with a margin: `completeNegativeMarginRow` completes what it begins, without any other loading. */
export function loadNegativeMarginRow(params: KernelParams, row: usize, from: usize, quads: u32, limit: f32): bool {
  return storeDistances(params, row, from, quads, limit, true);
}

/** As `completeMarginRow`, for a row of `loadNegativeMarginRow`. */
export function completeNegativeMarginRow(params: KernelParams, row: usize, quads: u32): void {
  storeProbabilities(params, row, 0, quads, true, false);
}

// Two loops, because the processor overlaps more elements with short dependency chains than with one long chain.

/** Stores e^r − 1 as four float64s in place of E and what follows it, and the power of two in that of p_t. */
@inline
function storeDistances(
  params: KernelParams,
  row: usize,
  from: usize,
  quads: u32,
  limit: f32,
  allNegative: bool,
): bool {
  const end = row + usize(quads) * QUAD_SIZE;
  let largest = f32x4.splat(0);
  const constants = params.constants;
  const oneFloat32 = constants.oneFloat32;
  const log2E = constants.log2EFloat32;
  const rounder = constants.rounderFloat32;
  const ln2 = constants.ln2;
  const one = constants.one;
  const g2 = f64x2.promote_low_f32x4(constants.g2);
  const g3 = constants.g3;
  const g4 = constants.g4;
  const g5 = constants.g5;
  const g6 = constants.g6;
  const origin = f64x2.splat(params.marginLogit);
  const originFloat32 = f32x4.splat(f32(params.marginLogit));
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const x = v128.load(from);
    // Without the sign, the bits of a float32 are in the order of |x|.
    if (allNegative) largest = i32x4.max_u(largest, i32x4.shl(x, 1));
    const rounded = multiplyAdd<f32>(f32x4.sub(x, originFloat32), log2E, rounder);
    const k = f32x4.sub(rounded, rounder);
    const lowD = f64x2.sub(f64x2.promote_low_f32x4(x), origin);
    const highD = f64x2.sub(f64x2.promote_low_f32x4(highHalf(x)), origin);
    const lowR = subtractProduct<f64>(lowD, f64x2.promote_low_f32x4(k), ln2);
    const highR = subtractProduct<f64>(highD, f64x2.promote_low_f32x4(highHalf(k)), ln2);
    const r = demote(lowR, highR);
    const r2 = f32x4.mul(r, r);
    const low = multiplyAdd<f32>(g4, r, g3);
    const high = multiplyAdd<f32>(g6, r, g5);
    const rest = f32x4.mul(multiplyAdd<f32>(high, r2, low), f32x4.mul(r2, r));
    const lowSum = multiplyAdd<f64>(multiplyAdd<f64>(g2, lowR, one), lowR, f64x2.promote_low_f32x4(rest));
    const highSum = multiplyAdd<f64>(multiplyAdd<f64>(g2, highR, one), highR, f64x2.promote_low_f32x4(highHalf(rest)));
    const power = i32x4.add(oneFloat32, i32x4.shl(rounded, 23));
    const active = allNegative ? power : f32x4.ne(v128.load(quad), f32x4.splat(0));
    v128.store(quad, allNegative ? power : v128.and(power, active), PT);
    v128.store(quad, lowSum);
    v128.store(quad, highSum, E_LOW);
    quad += QUAD_SIZE;
    from += 16;
  } while (quad < end);
  return !v128.any_true(i32x4.gt_u(largest, i32x4.shl(f32x4.splat(limit), 1)));
}

@inline
function storeProbabilities(
  params: KernelParams,
  row: usize,
  firstPair: u32,
  quads: u32,
  allNegative: bool,
  isAny: bool,
): void {
  const end = row + usize(quads) * QUAD_SIZE;
  const constants = params.constants;
  const one = constants.one;
  const positiveSteps = params.positiveHalfSteps;
  const negativeSteps = params.negativeHalfSteps;
  const margin = f64x2.splat(params.margin);
  const odds = f64x2.splat(params.margin / (1 - params.margin));
  // Of smaller u, what is multiplied by the power is too small for float32.
  const smallest = exp(f64x2.splat(MIN_POWER / Math.max(1, params.maxGamma - 1)), constants);
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const power = v128.load(quad, PT);
    const lowPower = f64x2.promote_low_f32x4(power);
    const highPower = f64x2.promote_low_f32x4(highHalf(power));
    const lowSum = v128.load(quad);
    const highSum = v128.load(quad, E_LOW);
    const lowW = multiplyAdd<f64>(lowPower, lowSum, f64x2.sub(lowPower, one));
    const highW = multiplyAdd<f64>(highPower, highSum, f64x2.sub(highPower, one));
    // Not from w, which is nearly −1 far below the margin.
    const lowE = f64x2.mul(f64x2.mul(lowPower, odds), f64x2.add(lowSum, one));
    const highE = f64x2.mul(f64x2.mul(highPower, odds), f64x2.add(highSum, one));
    const lowQ = f64x2.div(one, f64x2.add(one, lowE));
    const highQ = f64x2.div(one, f64x2.add(one, highE));
    let lowU = f64x2.mul(f64x2.mul(margin, lowQ), lowW);
    let highU = f64x2.mul(f64x2.mul(margin, highQ), highW);
    let pt = demote(lowQ, highQ);
    let positive = pt;
    let lowPositive = lowU;
    let highPositive = highU;
    const e = demote(lowE, highE);
    if (allNegative) v128.store(quad, e, CROSS_ENTROPY);
    else {
      const sign = v128.load(quad, CROSS_ENTROPY);
      v128.store(quad, v128.or(e, sign), CROSS_ENTROPY);
      positive = i32x4.shr_s(sign, 31);
      lowPositive = i64x2.extend_low_i32x4_s(positive);
      highPositive = i64x2.extend_high_i32x4_s(positive);
      lowU = v128.bitselect(lowQ, lowU, lowPositive);
      highU = v128.bitselect(highQ, highU, highPositive);
      const p = demote(f64x2.mul(lowE, lowQ), f64x2.mul(highE, highQ));
      pt = v128.and(v128.bitselect(p, pt, positive), f32x4.ne(power, f32x4.splat(0)));
    }
    if (isAny) {
      const lowGamma = gammaOf(changetype<ClassPair>(address), lowPositive);
      const highGamma = gammaOf(changetype<ClassPair>(address + nextPair), highPositive);
      address += 2 * nextPair;
      const lowBase = f64x2.pmax(smallest, lowU);
      const highBase = f64x2.pmax(smallest, highU);
      const below = powerOfFour(lowBase, highBase, f64x2.sub(lowGamma, one), f64x2.sub(highGamma, one), constants);
      v128.store(quad, below, POWER_BELOW);
    } else {
      let below = powerBelow(lowU, highU, negativeSteps, constants);
      if (!allNegative && positiveSteps != negativeSteps) {
        below = v128.bitselect(powerBelow(lowU, highU, positiveSteps, constants), below, positive);
      }
      v128.store(quad, below, POWER_BELOW);
    }
    v128.store(quad, demote(lowU, highU), BASE);
    v128.store(quad, pt, PT);
    quad += QUAD_SIZE;
  } while (quad < end);
}

/** u^(γ−1) */
@inline
function powerBelow(low: v128, high: v128, halfSteps: i32, constants: Constants): v128 {
  if (halfSteps >= 2) return halfStepPowerOfFour(low, high, halfSteps - 2, constants);
  const one = constants.one;
  if (halfSteps == 0) return demote(f64x2.div(one, low), f64x2.div(one, high));
  return demote(f64x2.div(one, f64x2.sqrt(low)), f64x2.div(one, f64x2.sqrt(high)));
}
