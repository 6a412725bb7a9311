import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower } from '../math/powers';
import { demote, highHalf, magnitude } from '../math/float32-lanes';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, DISTANCE, E_LOW, FACTORS, GRADIENT_L1, LOSS, PT, QUAD_SIZE, QUADS } from './training-rows';

/** The labels of a row: 0 and 1; two values after smoothing; or any. */
export const HARD: u32 = 0;
export const SMOOTHED: u32 = 1;
export const SOFT_LABELS: u32 = 2;

/** Of the factors of a quad: two vectors for negative labels and two for positive ones. */
const FACTORS_SIZE: usize = 64;
const POSITIVE: usize = 32;

/** Prepares the factors of up to TILE classes, which `evaluateRow` multiplies by. */
export function writeFactors(params: KernelParams, firstPair: u32, quads: u32, form: u32): void {
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  const scale = f64x2.splat(params.scale);
  const y = f64x2.splat(form == SMOOTHED ? params.addedLabel : 0);
  const n = f64x2.splat(form == SMOOTHED ? 1 - params.addedLabel : 1);
  let address = changetype<usize>(pairAt(params, firstPair));
  let factors = params.rows + FACTORS + usize(form) * QUADS * FACTORS_SIZE;
  for (let i: u32 = 0; i < quads; i++, address += 2 * PAIR_SIZE, factors += FACTORS_SIZE) {
    const first = changetype<ClassPair>(address);
    const second = changetype<ClassPair>(address + nextPair);
    if (form == HARD) {
      const negative = demote(f64x2.mul(first.negativeAlpha, scale), f64x2.mul(second.negativeAlpha, scale));
      const positive = demote(f64x2.mul(first.positiveAlpha, scale), f64x2.mul(second.positiveAlpha, scale));
      v128.store(factors, negative);
      v128.store(factors, f32x4.neg(positive), POSITIVE); // dz/dx is −1.
    } else {
      v128.store(factors, mix(first.negativeAlpha, first.positiveAlpha, n, y));
      v128.store(factors, mix(second.negativeAlpha, second.positiveAlpha, n, y), 16);
      v128.store(factors, mix(first.positiveAlpha, first.negativeAlpha, n, y), POSITIVE);
      v128.store(factors, mix(second.positiveAlpha, second.negativeAlpha, n, y), POSITIVE + 16);
    }
  }
}

/**
 * Evaluates a loaded row: writes its gradients, and in place of E the losses, the magnitudes of the gradients and p_t. γ is a
 * multiple of ½, the same for every class. What is raised to a power is float64, and the terms are float32.
 *
 * @param at address of the gradients
 */
export function evaluateRow(params: KernelParams, row: usize, at: usize, quads: u32, form: u32): void {
  const halfSteps = params.halfSteps;
  if (form == HARD) {
    if (halfSteps == 4) hardSquared(params, row, at, quads);
    else evaluate(params, row, at, quads, halfSteps, HARD);
  } else if (form == SMOOTHED) {
    if (halfSteps == 4) smoothedSquared(params, row, at, quads);
    else evaluate(params, row, at, quads, halfSteps, SMOOTHED);
  } else if (halfSteps == 4) softSquared(params, row, at, quads);
  else evaluate(params, row, at, quads, halfSteps, SOFT_LABELS);
}

// Functions of their own, in which the parameters of `evaluate` are constants.

function hardSquared(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, at, quads, 4, HARD);
}

function smoothedSquared(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, at, quads, 4, SMOOTHED);
}

function softSquared(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, at, quads, 4, SOFT_LABELS);
}

/**
 * With p = 1 / (1 + E), q = E p and C, the cross-entropy:
 *   hard labels   L = α q^γ C,  dL/dz = α q^γ (q + γ p C)
 *   soft labels   L = α u^γ C,  dL/dz = α u^(γ−1) [γ (n − y) p q C + u (q − y)],  n = 1 − y, u = y + (n − y) q
 * Losses and magnitudes of gradients are not scaled; those of hard labels are without α as well.
 */
@inline
function evaluate(params: KernelParams, row: usize, at: usize, quads: u32, halfSteps: i32, form: u32): void {
  const one = params.constants.one;
  const ZERO = f32x4.splat(0);
  const gamma = f32x4.splat(f32(halfSteps) / 2);
  const scale = f32x4.splat(f32(params.scale));
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  const constantN = f64x2.sub(one, added);
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = params.rows + FACTORS + usize(form) * QUADS * FACTORS_SIZE;
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16, factors += factorsStep) {
    const power = v128.load(quad);
    const rest = v128.load(quad, E_LOW);
    const lowE = f64x2.add(f64x2.promote_low_f32x4(power), f64x2.promote_low_f32x4(rest));
    const highE = f64x2.add(f64x2.promote_low_f32x4(highHalf(power)), f64x2.promote_low_f32x4(highHalf(rest)));
    const lowP = f64x2.div(one, f64x2.add(one, lowE));
    const highP = f64x2.div(one, f64x2.add(one, highE));
    const lowQ = f64x2.mul(lowE, lowP);
    const highQ = f64x2.mul(highE, highP);
    const p = demote(lowP, highP);
    const signed = v128.load(quad, CROSS_ENTROPY);
    const crossEntropy = magnitude(signed);
    const positive = i32x4.shr_s(signed, 31);
    const active = f32x4.ne(power, ZERO);
    if (form == HARD) {
      const modulator = demote(halfStepPower(lowQ, halfSteps), halfStepPower(highQ, halfSteps));
      const ofModulator = halfSteps == 4 ? f32x4.add(p, p) : f32x4.mul(gamma, p);
      const slope = f32x4.mul(modulator, multiplyAdd<f32>(ofModulator, crossEntropy, demote(lowQ, highQ)));
      const factor = v128.bitselect(v128.load(factors, POSITIVE), v128.load(factors), positive);
      v128.store(quad, f32x4.mul(modulator, crossEntropy), LOSS);
      v128.store(quad, slope, GRADIENT_L1);
      v128.store(at, f32x4.mul(slope, factor));
    } else {
      let lowY = added;
      let highY = added;
      let lowN = constantN;
      let highN = constantN;
      if (form == SOFT_LABELS) {
        const distance = v128.load(quad, DISTANCE);
        lowY = multiplyAdd<f64>(f64x2.promote_low_f32x4(distance), kept, added);
        highY = multiplyAdd<f64>(f64x2.promote_low_f32x4(highHalf(distance)), kept, added);
        lowN = f64x2.sub(one, lowY);
        highN = f64x2.sub(one, highY);
      }
      const lowDQ = f64x2.mul(f64x2.sub(lowN, lowY), lowQ);
      const highDQ = f64x2.mul(f64x2.sub(highN, highY), highQ);
      const lowU = f64x2.add(lowY, lowDQ);
      const highU = f64x2.add(highY, highDQ);
      const lowSide = i64x2.extend_low_i32x4_s(positive);
      const highSide = i64x2.extend_high_i32x4_s(positive);
      let lowAlpha: v128;
      let highAlpha: v128;
      if (form == SMOOTHED) {
        lowAlpha = v128.bitselect(v128.load(factors, POSITIVE), v128.load(factors), lowSide);
        highAlpha = v128.bitselect(v128.load(factors, POSITIVE + 16), v128.load(factors, 16), highSide);
      } else {
        // XOR exchanges: y ^ (y ^ n) is n.
        const lowBoth = v128.xor(lowY, lowN);
        const highBoth = v128.xor(highY, highN);
        const lowLabel = v128.xor(lowY, v128.and(lowBoth, lowSide));
        const highLabel = v128.xor(highY, v128.and(highBoth, highSide));
        const lowNot = v128.xor(lowLabel, lowBoth);
        const highNot = v128.xor(highLabel, highBoth);
        lowAlpha = mix(v128.load(factors, POSITIVE), v128.load(factors), lowLabel, lowNot);
        highAlpha = mix(v128.load(factors, POSITIVE + 16), v128.load(factors, 16), highLabel, highNot);
      }
      const lowW = f64x2.mul(lowAlpha, powerBelow(lowU, halfSteps, one));
      const highW = f64x2.mul(highAlpha, powerBelow(highU, halfSteps, one));
      const lowK = f64x2.mul(lowW, lowU);
      const highK = f64x2.mul(highW, highU);
      const ofModulator = demote(f64x2.mul(lowW, f64x2.mul(lowDQ, lowP)), f64x2.mul(highW, f64x2.mul(highDQ, highP)));
      const ofCrossEntropy = demote(f64x2.mul(lowK, f64x2.sub(lowQ, lowY)), f64x2.mul(highK, f64x2.sub(highQ, highY)));
      const product = f32x4.mul(ofModulator, crossEntropy);
      const sum = f32x4.add(halfSteps == 4 ? f32x4.add(product, product) : f32x4.mul(gamma, product), ofCrossEntropy);
      const slope = v128.and(active, sum);
      v128.store(quad, v128.and(active, f32x4.mul(demote(lowK, highK), crossEntropy)), LOSS);
      v128.store(quad, magnitude(slope), GRADIENT_L1);
      v128.store(at, f32x4.mul(v128.xor(slope, i32x4.shl(positive, 31)), scale));
    }
    v128.store(quad, v128.and(p, active), PT); // In place of the distance.
  }
}

/** a x + b y */
@inline
function mix(a: v128, b: v128, x: v128, y: v128): v128 {
  return multiplyAdd<f64>(a, x, f64x2.mul(b, y));
}

/** u^(γ−1) */
@inline
function powerBelow(u: v128, halfSteps: i32, one: v128): v128 {
  if (halfSteps == 4) return u;
  if (halfSteps >= 2) return halfStepPower(u, halfSteps - 2);
  return f64x2.div(one, halfSteps == 1 ? f64x2.sqrt(u) : u);
}
