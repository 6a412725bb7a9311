import { ANY_GAMMA, KernelParams } from '../kernel-params';
import { demote, highHalf, signBits } from '../math/float32-lanes';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { halfStepPower, powerOfFour } from '../math/powers';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { FACTORS_SIZE, factorsOf, POSITIVE, SOFT_LABELS } from './label-factors';
import { CROSS_ENTROPY, DISTANCE, GRADIENT_L1, LABEL, LOSS, PT, QUAD_SIZE } from './quads';
import { completeSoftRow } from './soft-probabilities';

/** As `evaluateRow`, for a row of `loadSoftRow`. */
export function evaluateSoftRow(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
): void {
  completeSoftRow(params, row, from, at, quads);
  const halfSteps = params.halfSteps;
  if (params.detachedGradient) {
    if (halfSteps == ANY_GAMMA) evaluate(params, row, from, at, firstPair, quads, ANY_GAMMA, true, true);
    else evaluate(params, row, from, at, firstPair, quads, halfSteps, true, true);
  } else if (halfSteps == ANY_GAMMA) anyGamma(params, row, from, at, firstPair, quads);
  else if (halfSteps != 4) evaluate(params, row, from, at, firstPair, quads, halfSteps, true, false);
  else if (params.addedLabel != 0) squaredSmoothed(params, row, from, at, firstPair, quads);
  else squared(params, row, from, at, firstPair, quads);
}

// Functions of their own, in which the last parameters of `evaluate` are constants.

function squared(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, from, at, firstPair, quads, 4, false, false);
}

function squaredSmoothed(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, from, at, firstPair, quads, 4, true, false);
}

function anyGamma(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, from, at, firstPair, quads, ANY_GAMMA, true, false);
}

/**
 * With s and C of `completeSoftRow` and the smoothed distance d of the label from the side that the logit predicts:
 *   u = d + (1 − 2d) s,  F = du/dz = (1 − 2d) s (1 − s),  z = −|x|,
 *   L = α u^γ C,  dL/dz = α u^(γ−1) [γ F C + u (s − d)]
 *
 * With a detached factor, the term with γ is not there. α and, for half steps, α u^(γ−1), are float64; for any γ, u^(γ−1), in float32, multiplies the terms.
 */
@inline
function evaluate(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  halfSteps: i32,
  smoothed: bool,
  detached: bool,
): void {
  const constants = params.constants;
  const one = constants.one;
  const oneFloat32 = constants.oneFloat32;
  const two = f64x2.add(one, one);
  const SIGN = signBits(oneFloat32);
  const isAny = halfSteps == ANY_GAMMA;
  const halfStepGamma = f64x2.splat(f64(halfSteps) / 2);
  const scale = f32x4.splat(f32(params.scale));
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
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
    const crossEntropy = v128.load(at);
    const label = v128.andnot(signed, SIGN);
    const lowLabel = f64x2.promote_low_f32x4(label);
    const highLabel = f64x2.promote_low_f32x4(highHalf(label));
    let lowD = f64x2.promote_low_f32x4(distance);
    let highD = f64x2.promote_low_f32x4(v128.load64_zero(quad, DISTANCE + 8));
    // A distance is rounded, which larger powers multiply.
    if (halfSteps != 4) {
      const predicted = v128.andnot(oneFloat32, i32x4.shr_s(x, 31));
      lowD = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(predicted), lowLabel));
      highD = f64x2.abs(f64x2.sub(f64x2.promote_low_f32x4(highHalf(predicted)), highLabel));
    }
    if (smoothed) {
      lowD = multiplyAdd<f64>(lowD, kept, added);
      highD = multiplyAdd<f64>(highD, kept, added);
    }
    const lowV = f64x2.mul(subtractProduct<f64>(one, lowD, two), lowS);
    const highV = f64x2.mul(subtractProduct<f64>(one, highD, two), highS);
    const lowU = f64x2.add(lowD, lowV);
    const highU = f64x2.add(highD, highV);
    const lowF = subtractProduct<f64>(lowV, lowV, lowS);
    const highF = subtractProduct<f64>(highV, highV, highS);
    let lowW = multiplyAdd<f64>(v128.load(factors, POSITIVE), lowLabel, v128.load(factors));
    let highW = multiplyAdd<f64>(v128.load(factors, POSITIVE + 16), highLabel, v128.load(factors, 16));
    let lowGamma = halfStepGamma;
    let highGamma = halfStepGamma;
    if (isAny) {
      lowGamma = changetype<ClassPair>(address).gamma;
      highGamma = changetype<ClassPair>(address + nextPair).gamma;
      address += 2 * nextPair;
    } else {
      lowW = f64x2.mul(lowW, powerBelow(lowU, halfSteps, one));
      highW = f64x2.mul(highW, powerBelow(highU, halfSteps, one));
    }
    let ofLoss = demote(f64x2.mul(lowW, lowU), f64x2.mul(highW, highU));
    // γ = 2 is a sum of float32s below.
    if (halfSteps != 4) {
      lowW = f64x2.mul(lowW, lowGamma);
      highW = f64x2.mul(highW, highGamma);
    }
    let ofModulator = demote(f64x2.mul(lowW, lowF), f64x2.mul(highW, highF));
    if (isAny) {
      const power = powerOfFour(lowU, highU, f64x2.sub(lowGamma, one), f64x2.sub(highGamma, one), constants);
      ofLoss = f32x4.mul(ofLoss, power);
      ofModulator = f32x4.mul(ofModulator, power);
    }
    const s = demote(lowS, highS);
    const active = f32x4.ne(s, f32x4.splat(0));
    const product = f32x4.mul(ofModulator, crossEntropy);
    const modulated = halfSteps == 4 ? f32x4.add(product, product) : product;
    const dC = smoothed ? demote(f64x2.sub(lowS, lowD), f64x2.sub(highS, highD)) : f32x4.sub(s, distance);
    const slope = v128.and(active, detached ? f32x4.mul(ofLoss, dC) : multiplyAdd<f32>(ofLoss, dC, modulated));
    v128.store(quad, v128.and(active, f32x4.mul(ofLoss, crossEntropy)), LOSS);
    v128.store(quad, v128.andnot(slope, SIGN), GRADIENT_L1);
    v128.store(quad, v128.and(active, v128.or(crossEntropy, v128.and(signed, SIGN))), CROSS_ENTROPY); // In place of the label.
    v128.store(at, f32x4.mul(v128.xor(slope, v128.andnot(SIGN, x)), scale)); // dz/dx is 1 for negative x, else −1.
    // 1 − s if the label is nearer to the side that is predicted.
    const agrees = v128.and(oneFloat32, i32x4.shr_s(v128.xor(x, signed), 31));
    v128.store(quad, v128.and(active, v128.andnot(f32x4.sub(agrees, s), SIGN)), PT); // In place of the distance.
    quad += QUAD_SIZE;
    from += 16;
    at += 16;
    factors += factorsStep;
  } while (quad < end);
}

/** u^(γ−1) */
@inline
function powerBelow(u: v128, halfSteps: i32, one: v128): v128 {
  if (halfSteps == 4) return u;
  if (halfSteps >= 2) return halfStepPower(u, halfSteps - 2);
  return f64x2.div(one, halfSteps == 1 ? f64x2.sqrt(u) : u);
}
