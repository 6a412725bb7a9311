import { KernelParams } from '../kernel-params';
import { demote, highHalf, magnitude } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, halfStepPowerOfFour, powerOfFour } from '../math/powers';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { evaluateMarginRow, evaluateNegativeMarginRow } from './evaluate-margin-row';
import { FACTORS_SIZE, POSITIVE } from './label-factors';
import { addPoly, POLY_SIZE } from './poly-factors';
import { CROSS_ENTROPY, E_LOW, FACTORS, GRADIENT_L1, LOSS, POLYS, PT, QUAD_SIZE } from './quads';
import { hasAnyGamma } from './side-gammas';

/** Which elements a row has. */
const BOTH: i32 = 0;
const NEGATIVES: i32 = 1;
const POSITIVES: i32 = 2;

/** As `evaluateHardRow`, with the options of the family of focal loss. */
export function evaluateFamilyRow(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  const polys = params.rows + POLYS;
  if (params.margin != 0) evaluateMarginRow(params, row, from, at, firstPair, quads);
  else if (hasAnyGamma(params)) evaluate(params, row, at, firstPair, quads, polys, BOTH, true);
  else evaluate(params, row, at, firstPair, quads, polys, BOTH, false);
}

/** As `evaluateNegativeRow`. @param from address of the predictions */
export function evaluateNegativeFamilyRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  const polys = params.rows + POLYS;
  if (params.margin != 0) evaluateNegativeMarginRow(params, row, from, at, quads);
  else evaluate(params, row, at, 0, quads, polys, NEGATIVES, false);
}

/** Likewise of positives. @param polys their factors of Poly-1 */
export function evaluatePositiveFamilyRow(params: KernelParams, row: usize, at: usize, quads: u32, polys: usize): void {
  evaluate(params, row, at, 0, quads, polys, POSITIVES, false);
}

/**
 * With p = 1 / (1 + E), q = E p, C, the cross-entropy, γ of the element's side and κ of poly-factors.ts:
 *   L = α q^γ (C + κ q),  dL/dz = α q^γ [q + p (γ C + κ (γ + 1) q)]
 * With a detached factor, γ is 0 in the second one, apart from q^γ.
 *
 * `side` and `isAny` are constants wherever this is inlined.
 */
@inline
function evaluate(
  params: KernelParams,
  row: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  polys: usize,
  side: i32,
  isAny: bool,
): void {
  const constants = params.constants;
  const one = constants.one;
  const ZERO = f32x4.splat(0);
  const positiveSteps = params.positiveHalfSteps;
  const negativeSteps = params.negativeHalfSteps;
  const hasSides = side == BOTH && positiveSteps != negativeSteps;
  const hasPoly = params.polyEpsilon != 0;
  const perStep: f32 = params.detachedGradient ? 0 : 0.5;
  const positiveGamma = f32x4.splat(f32(positiveSteps) * perStep);
  const negativeGamma = f32x4.splat(f32(negativeSteps) * perStep);
  const differentiated = i64x2.splat(params.detachedGradient ? 0 : -1);
  const focused = i64x2.splat(positiveSteps == 0 ? 0 : -1);
  const step: usize = params.gradients ? 16 : 0;
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  const polysStep: usize = params.lanesAreSamples ? 0 : POLY_SIZE;
  let factors = params.rows + FACTORS;
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const high = v128.load(quad);
    const rest = v128.load(quad, E_LOW);
    const signed = v128.load(quad, CROSS_ENTROPY);
    const active = side == BOTH ? f32x4.ne(high, ZERO) : ZERO;
    const positive = i32x4.shr_s(signed, 31);
    const lowE = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(rest));
    const highE = f64x2.add(f64x2.promote_low_f32x4(highHalf(high)), f64x2.promote_low_f32x4(highHalf(rest)));
    const lowP = f64x2.div(one, f64x2.add(one, lowE));
    const highP = f64x2.div(one, f64x2.add(one, highE));
    const lowQ = f64x2.mul(lowE, lowP);
    const highQ = f64x2.mul(highE, highP);
    const p = demote(lowP, highP);
    const q = demote(lowQ, highQ);
    const crossEntropy = side == BOTH ? magnitude(signed) : signed;
    const lowPositive = i64x2.extend_low_i32x4_s(positive);
    const highPositive = i64x2.extend_high_i32x4_s(positive);

    let modulator: v128; // q^γ
    let ofModulator: v128; // γ p
    if (isAny) {
      const first = changetype<ClassPair>(address);
      const second = changetype<ClassPair>(address + nextPair);
      address += 2 * nextPair;
      const lowGamma = v128.bitselect(v128.and(first.gamma, focused), first.negativeGamma, lowPositive);
      const highGamma = v128.bitselect(v128.and(second.gamma, focused), second.negativeGamma, highPositive);
      modulator = v128.and(powerOfFour(lowQ, highQ, lowGamma, highGamma, constants), active);
      const lowSlope = v128.and(lowGamma, differentiated);
      const highSlope = v128.and(highGamma, differentiated);
      // γ rounded to float32 would be off by the same for all elements, so that errors would not average out.
      ofModulator = demote(f64x2.mul(lowSlope, lowP), f64x2.mul(highSlope, highP));
    } else {
      const steps = side == POSITIVES ? positiveSteps : negativeSteps;
      // Of one side, a vector's halves by themselves leave the plain kernels as fast as they were.
      if (side == BOTH) modulator = halfStepPowerOfFour(lowQ, highQ, steps, constants);
      else modulator = demote(halfStepPower(lowQ, steps), halfStepPower(highQ, steps));
      let gamma = side == POSITIVES ? positiveGamma : negativeGamma;
      if (hasSides) {
        modulator = v128.bitselect(halfStepPowerOfFour(lowQ, highQ, positiveSteps, constants), modulator, positive);
        gamma = v128.bitselect(positiveGamma, gamma, positive);
      }
      ofModulator = f32x4.mul(gamma, p);
    }

    let slope = multiplyAdd<f32>(ofModulator, crossEntropy, q);
    let loss = crossEntropy;
    if (hasPoly) {
      loss = addPoly(polys, positive, side != BOTH, q, loss);
      slope = addPoly(polys, positive, side != BOTH, f32x4.mul(f32x4.add(ofModulator, p), q), slope);
    }
    slope = f32x4.mul(modulator, slope);
    const negative = v128.load(factors);
    const factor = side == BOTH ? v128.bitselect(v128.load(factors, POSITIVE), negative, positive) : negative;
    v128.store(quad, f32x4.mul(modulator, loss), LOSS);
    v128.store(quad, slope, GRADIENT_L1);
    v128.store(at, f32x4.mul(slope, factor));
    v128.store(quad, side == BOTH ? v128.and(p, active) : p, PT);
    quad += QUAD_SIZE;
    at += step;
    factors += factorsStep;
    polys += polysStep;
  } while (quad < end);
}
