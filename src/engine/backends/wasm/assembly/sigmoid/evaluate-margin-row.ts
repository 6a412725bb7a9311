import { KernelParams } from '../kernel-params';
import { demote } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { FACTORS_SIZE, POLY, POSITIVE } from './label-factors';
import { BASE, completeMarginRow, completeNegativeMarginRow, POWER_BELOW } from './margin-probabilities';
import { minusLogOfRest } from './minus-log-of-rest';
import { CROSS_ENTROPY, FACTORS, GRADIENT_L1, LOSS, PT, QUAD_SIZE } from './quads';

/** As `evaluateFamilyRow`, with a margin. @param from address of the predictions */
export function evaluateMarginRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  completeMarginRow(params, row, from, quads);
  evaluate(params, row, from, at, quads, false);
}

/** Likewise, for a row of `loadNegativeMarginRow`. */
export function evaluateNegativeMarginRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  completeNegativeMarginRow(params, row, quads);
  evaluate(params, row, from, at, quads, true);
}

/**
 * With u of `completeMarginRow`, v = 1 − u, κ of `writeFactors` and |du/dx| = p q, where p and q are the probabilities without the
 * margin:
 *   L = α u^γ (−log v + κ u),  |dL/dx| = α u^(γ−1) p q [u/v − γ log v + κ (γ + 1) u]
 * With a detached factor, γ is 0 in the brackets.
 *
 * `allNegative` is a constant wherever this is inlined.
 */
@inline
function evaluate(params: KernelParams, row: usize, from: usize, at: usize, quads: u32, allNegative: bool): void {
  const constants = params.constants;
  const one = constants.oneFloat32;
  const ZERO = f32x4.splat(0);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  const ln2 = demote(constants.ln2, constants.ln2);
  const hasPoly = params.polyEpsilon != 0;
  const ofSlope: f32 = params.detachedGradient ? 0 : 0.5;
  const positiveGamma = f32x4.splat(f32(params.positiveHalfSteps) * ofSlope);
  const negativeGamma = f32x4.splat(f32(params.negativeHalfSteps) * ofSlope);
  const margin = f32x4.splat(f32(params.margin));
  const step: usize = params.gradients ? 16 : 0;
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = params.rows + FACTORS;
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const below = v128.load(quad, POWER_BELOW);
    const u = v128.load(quad, BASE);
    const pt = v128.load(quad, PT);
    const positive = allNegative ? ZERO : i32x4.shr_s(v128.load(quad, CROSS_ENTROPY), 31);
    const gamma = allNegative ? negativeGamma : v128.bitselect(positiveGamma, negativeGamma, positive);
    const shift = allNegative ? margin : v128.andnot(margin, positive);
    let counts = f32x4.gt(u, ZERO);
    if (!allNegative) counts = v128.and(counts, f32x4.ne(pt, ZERO));
    if (allNegative) {
      const base = f32x4.pmax(v128.load(from), ZERO);
      v128.store(quad, addLog1p(v128.load(quad, CROSS_ENTROPY), base, one, b1, b2, b3, b4), CROSS_ENTROPY);
    }
    const v = f32x4.add(pt, shift);
    const minusLog = minusLogOfRest(u, v, ln2, constants);
    let bracket = multiplyAdd<f32>(gamma, minusLog, f32x4.div(u, v));
    let loss = minusLog;
    if (hasPoly) {
      let poly = v128.load(factors, POLY);
      if (!allNegative) poly = v128.bitselect(v128.load(factors, POSITIVE + POLY), poly, positive);
      loss = multiplyAdd<f32>(poly, u, loss);
      bracket = multiplyAdd<f32>(f32x4.mul(poly, f32x4.add(gamma, one)), u, bracket);
    }
    const pq = f32x4.mul(f32x4.add(u, shift), pt);
    const slope = v128.and(f32x4.mul(f32x4.mul(below, pq), bracket), counts);
    const negative = v128.load(factors);
    const factor = allNegative ? negative : v128.bitselect(v128.load(factors, POSITIVE), negative, positive);
    v128.store(quad, v128.and(f32x4.mul(f32x4.mul(below, u), loss), counts), LOSS);
    v128.store(quad, slope, GRADIENT_L1);
    v128.store(at, f32x4.mul(slope, factor));
    quad += QUAD_SIZE;
    from += 16;
    at += step;
    factors += factorsStep;
  } while (quad < end);
}
