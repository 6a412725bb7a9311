import { ANY_GAMMA, KernelParams } from '../kernel-params';
import { demote, highHalf, magnitude } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, powerOfFour } from '../math/powers';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, E_LOW, FACTORS, GRADIENT_L1, LABEL, LOSS, PT, QUADS, QUAD_SIZE } from './quads';
import { FACTORS_SIZE, POSITIVE, SMOOTHED, SOFT_LABELS } from './label-factors';

/** As `evaluateRow`, for labels of the form SMOOTHED or SOFT_LABELS. */
export function evaluateSoftRow(
  params: KernelParams,
  row: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
): void {
  const halfSteps = params.halfSteps;
  if (form == SMOOTHED) {
    if (halfSteps == 4) smoothedSquared(params, row, at, firstPair, quads);
    else if (halfSteps >= 0) evaluate(params, row, at, firstPair, quads, halfSteps, SMOOTHED);
    else smoothedAny(params, row, at, firstPair, quads);
  } else if (halfSteps == 4) softSquared(params, row, at, firstPair, quads);
  else if (halfSteps >= 0) evaluate(params, row, at, firstPair, quads, halfSteps, SOFT_LABELS);
  else softAny(params, row, at, firstPair, quads);
}

// Functions of their own, in which the last parameters of `evaluate` are constants.

function smoothedSquared(params: KernelParams, row: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, at, firstPair, quads, 4, SMOOTHED);
}

function smoothedAny(params: KernelParams, row: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, at, firstPair, quads, ANY_GAMMA, SMOOTHED);
}

function softSquared(params: KernelParams, row: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, at, firstPair, quads, 4, SOFT_LABELS);
}

function softAny(params: KernelParams, row: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, at, firstPair, quads, ANY_GAMMA, SOFT_LABELS);
}

/**
 * With p = 1 / (1 + E), q = E p, C, the cross-entropy, n = 1 − y and u = y + (n − y) q:
 *   L = α u^γ C,  dL/dz = α u^(γ−1) [γ (n − y) p q C + u (q − y)]
 *
 * For half steps α u^(γ−1) is float64; for any γ it is α, and u^(γ−1), in float32, multiplies the terms.
 */
@inline
function evaluate(
  params: KernelParams,
  row: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  halfSteps: i32,
  form: u32,
): void {
  const constants = params.constants;
  const one = constants.one;
  const ZERO = f32x4.splat(0);
  const isAny = halfSteps == ANY_GAMMA;
  const halfStepGamma = f64x2.splat(f64(halfSteps) / 2);
  const scale = f32x4.splat(f32(params.scale));
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  const constantN = f64x2.sub(one, added);
  const step: usize = params.gradients ? 16 : 0;
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = params.rows + FACTORS + usize(form) * QUADS * FACTORS_SIZE;
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += step, factors += factorsStep) {
    const high = v128.load(quad);
    const rest = v128.load(quad, E_LOW);
    const lowE = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(rest));
    const highE = f64x2.add(f64x2.promote_low_f32x4(highHalf(high)), f64x2.promote_low_f32x4(highHalf(rest)));
    const lowP = f64x2.div(one, f64x2.add(one, lowE));
    const highP = f64x2.div(one, f64x2.add(one, highE));
    const lowQ = f64x2.mul(lowE, lowP);
    const highQ = f64x2.mul(highE, highP);
    const signed = v128.load(quad, CROSS_ENTROPY);
    const crossEntropy = magnitude(signed);
    const active = f32x4.ne(high, ZERO);
    let lowY = added;
    let highY = added;
    let lowN = constantN;
    let highN = constantN;
    let lowW: v128;
    let highW: v128;
    let lowGamma = halfStepGamma;
    let highGamma = halfStepGamma;
    if (isAny) {
      lowGamma = changetype<ClassPair>(address).gamma;
      highGamma = changetype<ClassPair>(address + nextPair).gamma;
      address += 2 * nextPair;
    }
    if (form == SMOOTHED) {
      const positive = i32x4.shr_s(signed, 31);
      const lowSide = i64x2.extend_low_i32x4_s(positive);
      const highSide = i64x2.extend_high_i32x4_s(positive);
      lowW = v128.bitselect(v128.load(factors, POSITIVE), v128.load(factors), lowSide);
      highW = v128.bitselect(v128.load(factors, POSITIVE + 16), v128.load(factors, 16), highSide);
    } else {
      const labels = v128.load(quad, LABEL);
      const lowLabel = multiplyAdd<f64>(f64x2.promote_low_f32x4(labels), kept, added);
      const highLabel = multiplyAdd<f64>(f64x2.promote_low_f32x4(highHalf(labels)), kept, added);
      const lowNot = f64x2.sub(one, lowLabel);
      const highNot = f64x2.sub(one, highLabel);
      lowY = f64x2.pmin(lowLabel, lowNot);
      highY = f64x2.pmin(highLabel, highNot);
      lowN = f64x2.pmax(lowLabel, lowNot);
      highN = f64x2.pmax(highLabel, highNot);
      lowW = multiplyAdd<f64>(v128.load(factors, POSITIVE), lowLabel, v128.load(factors));
      highW = multiplyAdd<f64>(v128.load(factors, POSITIVE + 16), highLabel, v128.load(factors, 16));
    }
    const lowDQ = f64x2.mul(f64x2.sub(lowN, lowY), lowQ);
    const highDQ = f64x2.mul(f64x2.sub(highN, highY), highQ);
    const lowU = f64x2.add(lowY, lowDQ);
    const highU = f64x2.add(highY, highDQ);
    if (!isAny) {
      lowW = f64x2.mul(lowW, powerBelow(lowU, halfSteps, one));
      highW = f64x2.mul(highW, powerBelow(highU, halfSteps, one));
    }
    const lowK = f64x2.mul(lowW, lowU);
    const highK = f64x2.mul(highW, highU);
    let ofLoss = demote(lowK, highK);
    // γ = 2 is a sum of float32s below.
    const lowGammaW = halfSteps == 4 ? lowW : f64x2.mul(lowW, lowGamma);
    const highGammaW = halfSteps == 4 ? highW : f64x2.mul(highW, highGamma);
    let ofModulator = demote(f64x2.mul(lowGammaW, f64x2.mul(lowDQ, lowP)), f64x2.mul(highGammaW, f64x2.mul(highDQ, highP)));
    let ofCrossEntropy = demote(f64x2.mul(lowK, f64x2.sub(lowQ, lowY)), f64x2.mul(highK, f64x2.sub(highQ, highY)));
    if (isAny) {
      const power = powerOfFour(lowU, highU, f64x2.sub(lowGamma, one), f64x2.sub(highGamma, one), constants);
      ofLoss = f32x4.mul(ofLoss, power);
      ofModulator = f32x4.mul(ofModulator, power);
      ofCrossEntropy = f32x4.mul(ofCrossEntropy, power);
    }
    const product = f32x4.mul(ofModulator, crossEntropy);
    const sum = f32x4.add(halfSteps == 4 ? f32x4.add(product, product) : product, ofCrossEntropy);
    const slope = v128.and(active, sum);
    v128.store(quad, v128.and(active, f32x4.mul(ofLoss, crossEntropy)), LOSS);
    v128.store(quad, magnitude(slope), GRADIENT_L1);
    v128.store(at, f32x4.mul(v128.xor(slope, v128.and(signed, f32x4.splat(-0.0))), scale));
    v128.store(quad, v128.and(demote(lowP, highP), active), PT); // In place of the label.
  }
}

/** u^(γ−1) */
@inline
function powerBelow(u: v128, halfSteps: i32, one: v128): v128 {
  if (halfSteps == 4) return u;
  if (halfSteps >= 2) return halfStepPower(u, halfSteps - 2);
  return f64x2.div(one, halfSteps == 1 ? f64x2.sqrt(u) : u);
}
