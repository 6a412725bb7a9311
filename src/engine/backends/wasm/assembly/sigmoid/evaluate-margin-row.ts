import { KernelParams } from '../kernel-params';
import { demote, highHalf, signBits } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { FACTORS_SIZE, POSITIVE } from './label-factors';
import { BASE, completeMarginRow, completeNegativeMarginRow, POWER_BELOW } from './margin-probabilities';
import { minusLogOfRest } from './minus-log-of-rest';
import { addPoly, POLY_SIZE } from './poly-factors';
import { CROSS_ENTROPY, FACTORS, GRADIENT_L1, LOSS, POLYS, PT, QUAD_SIZE } from './quads';
import { gammaOf, hasAnyGamma } from './side-gammas';

/** As `evaluateFamilyRow`, with a margin. @param from address of the predictions */
export function evaluateMarginRow(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
): void {
  completeMarginRow(params, row, from, firstPair, quads);
  if (hasAnyGamma(params)) evaluate(params, row, from, at, firstPair, quads, false, true);
  else evaluate(params, row, from, at, 0, quads, false, false);
}

/** Likewise, for a row of `loadNegativeMarginRow`. */
export function evaluateNegativeMarginRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  completeNegativeMarginRow(params, row, quads);
  evaluate(params, row, from, at, 0, quads, true, false);
}

/**
 * With u of `completeMarginRow`, v = 1 − u, κ of poly-factors.ts and |du/dx| = p q, where p and q are the probabilities without the
 * margin:
 *   L = α u^γ (−log v + κ u),  |dL/dx| = α u^(γ−1) p q [u/v − γ log v + κ (γ + 1) u]
 * With a detached factor, γ is 0 in the brackets.
 *
 * `allNegative` and `isAny` are constants wherever this is inlined.
 */
@inline
function evaluate(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  allNegative: bool,
  isAny: bool,
): void {
  const constants = params.constants;
  const one = constants.oneFloat32;
  const ZERO = f32x4.splat(0);
  const SIGN = signBits(one);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  const sqrtHalf = f32x4.sqrt(f32x4.div(one, f32x4.add(one, one)));
  // As float32 it is off by 3e-9 of it only.
  const ln2 = f32x4.splat(f32(f64x2.extract_lane(constants.ln2, 0)));
  const hasPoly = params.polyEpsilon != 0;
  const perStep: f32 = params.detachedGradient ? 0 : 0.5;
  const positiveGamma = f32x4.splat(f32(params.positiveHalfSteps) * perStep);
  const negativeGamma = f32x4.splat(f32(params.negativeHalfSteps) * perStep);
  // What float32 lacks of the margin would be the same for all elements, so that errors would not average out.
  const marginHigh = f32(Math.round(params.margin * 4096) / 4096);
  const margin = f32x4.splat(marginHigh);
  const marginLow = f32x4.splat(f32(params.margin - marginHigh));
  const step: usize = params.gradients ? 16 : 0;
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = params.rows + FACTORS;
  const polysStep: usize = params.lanesAreSamples ? 0 : POLY_SIZE;
  let polys = params.rows + POLYS;
  const differentiated = i64x2.splat(params.detachedGradient ? 0 : -1);
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const below = v128.load(quad, POWER_BELOW);
    const u = v128.load(quad, BASE);
    const pt = v128.load(quad, PT);
    const signed = v128.load(quad, CROSS_ENTROPY);
    const positive = allNegative ? ZERO : i32x4.shr_s(signed, 31);
    let gamma = allNegative ? negativeGamma : v128.bitselect(positiveGamma, negativeGamma, positive);
    const shift = allNegative ? margin : v128.andnot(margin, positive);
    const shiftLow = allNegative ? marginLow : v128.andnot(marginLow, positive);
    let gammaLow = ZERO; // γ rounded to float32 would be off by the same for all elements, so that errors would not average out.
    if (isAny) {
      const lowPositive = i64x2.extend_low_i32x4_s(positive);
      const highPositive = i64x2.extend_high_i32x4_s(positive);
      const low = v128.and(gammaOf(changetype<ClassPair>(address), lowPositive), differentiated);
      const high = v128.and(gammaOf(changetype<ClassPair>(address + nextPair), highPositive), differentiated);
      address += 2 * nextPair;
      gamma = demote(low, high);
      gammaLow = demote(
        f64x2.sub(low, f64x2.promote_low_f32x4(gamma)),
        f64x2.sub(high, f64x2.promote_low_f32x4(highHalf(gamma))),
      );
    }
    let counts = f32x4.gt(u, ZERO);
    const sign = allNegative ? ZERO : v128.and(signed, SIGN);
    const z = v128.xor(v128.load(from), sign);
    let crossEntropy = addLog1p(v128.xor(signed, sign), f32x4.pmax(z, ZERO), one, b1, b2, b3, b4);
    if (!allNegative) {
      const active = f32x4.ne(pt, ZERO);
      counts = v128.and(counts, active);
      crossEntropy = v128.or(v128.and(crossEntropy, active), sign);
    }
    v128.store(quad, crossEntropy, CROSS_ENTROPY);
    const v = f32x4.add(f32x4.add(pt, shiftLow), shift);
    const wrong = f32x4.add(f32x4.add(u, shiftLow), shift); // Without the margin.
    const minusLog = minusLogOfRest(u, v, one, sqrtHalf, ln2, b1, b2, b3, b4);
    let bracket = multiplyAdd<f32>(gamma, minusLog, f32x4.div(u, v));
    if (isAny) bracket = multiplyAdd<f32>(gammaLow, minusLog, bracket);
    let ofLoss = minusLog;
    if (hasPoly) {
      ofLoss = addPoly(polys, positive, allNegative, u, ofLoss);
      let ofSlope = multiplyAdd<f32>(gamma, u, u);
      if (isAny) ofSlope = multiplyAdd<f32>(gammaLow, u, ofSlope);
      bracket = addPoly(polys, positive, allNegative, ofSlope, bracket);
    }
    const slope = v128.and(f32x4.mul(f32x4.mul(below, f32x4.mul(wrong, pt)), bracket), counts);
    const negative = v128.load(factors);
    const factor = allNegative ? negative : v128.bitselect(v128.load(factors, POSITIVE), negative, positive);
    v128.store(quad, v128.and(f32x4.mul(f32x4.mul(below, u), ofLoss), counts), LOSS);
    v128.store(quad, slope, GRADIENT_L1);
    v128.store(at, f32x4.mul(slope, factor));
    quad += QUAD_SIZE;
    from += 16;
    at += step;
    factors += factorsStep;
    polys += polysStep;
  } while (quad < end);
}
