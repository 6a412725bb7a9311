import { ANY_GAMMA, KernelParams, MATCHABILITY } from '../kernel-params';
import { demote, highHalf, signBits } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, powerOfFour } from '../math/powers';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { FACTORS_SIZE, factorsOf, POSITIVE, SOFT_LABELS } from './label-factors';
import { CROSS_ENTROPY, DISTANCE, GRADIENT_L1, LABEL, LOSS, PT, QUAD_SIZE } from './quads';
import { completeUnfocusedRow } from './soft-probabilities';

/** As `evaluateRow`, for a row of `loadSoftRow`, if labels above 0 have no focusing: `varifocal` and `matchability`. */
export function evaluateUnfocusedRow(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
): void {
  completeUnfocusedRow(params, row, from, at, quads);
  if (params.softLabels == MATCHABILITY) evaluate(params, row, from, at, firstPair, quads, true, false);
  else if (params.negativeHalfSteps == ANY_GAMMA) evaluate(params, row, from, at, firstPair, quads, false, true);
  else evaluate(params, row, from, at, firstPair, quads, false, false);
}

/**
 * With s and log1p(e^−|x|) of `completeUnfocusedRow`, P = σ(x), and the distance d of a target from the side that the logit predicts,
 * C = |x| d + log1p(e^−|x|), and dC/dx is d − s, or s − d for x < 0:
 *   label 0  L = α P^γ C,  dL/dx = α P^γ [P + γ (1 − P) C]
 *   label t  L = w C, w = t and the target t for `varifocal`, and w = 1 and the target t^γ for `matchability`
 *
 * `isMatchability` and `isAny` are constants wherever this is inlined.
 */
@inline
function evaluate(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  isMatchability: bool,
  isAny: bool,
): void {
  const constants = params.constants;
  const one = constants.one;
  const oneFloat32 = constants.oneFloat32;
  const ZERO = f32x4.splat(0);
  const SIGN = signBits(oneFloat32);
  const halfSteps = params.negativeHalfSteps;
  const halfStepGamma = f32x4.splat(params.detachedGradient ? 0 : f32(halfSteps) / 2);
  const differentiated = i64x2.splat(params.detachedGradient ? 0 : -1);
  const scale = f32x4.splat(f32(params.scale));
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = factorsOf(params, SOFT_LABELS);
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const x = v128.load(from);
    const lowS = v128.load(quad);
    const highS = v128.load(quad, 16);
    const signed = v128.load(quad, LABEL);
    const distance = v128.load(quad, DISTANCE);
    const log1p = v128.load(at);
    const label = v128.andnot(signed, SIGN);
    const isBelow = i32x4.shr_s(x, 31);
    const lowBelow = i64x2.extend_low_i32x4_s(isBelow);
    const highBelow = i64x2.extend_high_i32x4_s(isBelow);
    const lowP = v128.bitselect(lowS, f64x2.sub(one, lowS), lowBelow);
    const highP = v128.bitselect(highS, f64x2.sub(one, highS), highBelow);
    const p = demote(lowP, highP);
    const s = demote(lowS, highS);
    const q = f32x4.sub(v128.and(oneFloat32, isBelow), v128.xor(s, v128.andnot(SIGN, isBelow)));
    let modulator = ZERO;
    let ofModulator: v128; // γ (1 − P)
    let lowW = v128.load(factors); // α of label 0
    let highW = v128.load(factors, 16);
    if (isAny) {
      const lowGamma = changetype<ClassPair>(address).negativeGamma;
      const highGamma = changetype<ClassPair>(address + nextPair).negativeGamma;
      address += 2 * nextPair;
      modulator = powerOfFour(lowP, highP, lowGamma, highGamma, constants);
      const lowSlope = v128.and(lowGamma, differentiated);
      const highSlope = v128.and(highGamma, differentiated);
      ofModulator = demote(f64x2.mul(lowSlope, f64x2.sub(one, lowP)), f64x2.mul(highSlope, f64x2.sub(one, highP)));
    } else {
      lowW = f64x2.mul(lowW, halfStepPower(lowP, halfSteps));
      highW = f64x2.mul(highW, halfStepPower(highP, halfSteps));
      ofModulator = f32x4.mul(halfStepGamma, q);
    }
    const size = v128.andnot(x, SIGN);
    const crossEntropy = multiplyAdd<f32>(size, distance, log1p);
    let weight = demote(lowW, highW);
    if (isAny) weight = f32x4.mul(weight, modulator);
    let loss = f32x4.mul(weight, crossEntropy);
    let slope = f32x4.mul(weight, multiplyAdd<f32>(ofModulator, crossEntropy, p));
    const isLabel = f32x4.gt(label, ZERO);
    if (v128.any_true(isLabel)) {
      const lowLabel = f64x2.promote_low_f32x4(label);
      const highLabel = f64x2.promote_low_f32x4(highHalf(label));
      let lowWeight = f64x2.add(v128.load(factors), v128.load(factors, POSITIVE));
      let highWeight = f64x2.add(v128.load(factors, 16), v128.load(factors, POSITIVE + 16));
      let d = distance;
      if (isMatchability) {
        const lowTarget = halfStepPower(lowLabel, halfSteps);
        const highTarget = halfStepPower(highLabel, halfSteps);
        d = demote(
          v128.bitselect(lowTarget, f64x2.sub(one, lowTarget), lowBelow),
          v128.bitselect(highTarget, f64x2.sub(one, highTarget), highBelow),
        );
      } else {
        lowWeight = f64x2.mul(lowWeight, lowLabel);
        highWeight = f64x2.mul(highWeight, highLabel);
      }
      const ofLabel = demote(lowWeight, highWeight);
      const difference = v128.xor(f32x4.sub(d, s), v128.and(isBelow, SIGN));
      loss = v128.bitselect(f32x4.mul(ofLabel, multiplyAdd<f32>(size, d, log1p)), loss, isLabel);
      slope = v128.bitselect(f32x4.mul(ofLabel, difference), slope, isLabel);
    }
    const active = f32x4.ne(s, ZERO);
    slope = v128.and(active, slope);
    v128.store(quad, v128.and(active, loss), LOSS);
    v128.store(quad, v128.andnot(slope, SIGN), GRADIENT_L1);
    v128.store(quad, v128.and(active, v128.or(crossEntropy, v128.and(signed, SIGN))), CROSS_ENTROPY); // In place of the label.
    v128.store(at, f32x4.mul(slope, scale));
    v128.store(quad, v128.and(active, v128.bitselect(p, q, i32x4.shr_s(signed, 31))), PT); // In place of the distance.
    quad += QUAD_SIZE;
    from += 16;
    at += 16;
    factors += factorsStep;
  } while (quad < end);
}
