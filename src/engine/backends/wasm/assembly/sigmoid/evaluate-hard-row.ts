import { ANY_GAMMA, KernelParams } from '../kernel-params';
import { demote, highHalf, magnitude } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { expOfFour, halfStepPower, twiceAtanhTail } from '../math/powers';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, E_LOW, FACTORS, GRADIENT_L1, LOSS, PT, QUAD_SIZE } from './quads';
import { FACTORS_SIZE, POSITIVE } from './label-factors';

/** As `evaluateRow`, for hard labels. Losses and magnitudes of gradients are without α. */
export function evaluateHardRow(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
): void {
  const halfSteps = params.halfSteps;
  if (halfSteps == 4) squared(params, row, from, at, firstPair, quads);
  else if (halfSteps >= 0) evaluate(params, row, from, at, firstPair, quads, halfSteps, false);
  else anyGamma(params, row, from, at, firstPair, quads);
}

/** Likewise, for a row of `loadNegativeRow`, if `params.halfSteps` is not ANY_GAMMA. */
export function evaluateNegativeRow(params: KernelParams, row: usize, at: usize, quads: u32): void {
  const halfSteps = params.halfSteps;
  if (halfSteps == 4) squaredNegatives(params, row, at, quads);
  else if (halfSteps == 0) unfocusedNegatives(params, row, at, quads);
  else if (halfSteps == 2) linearNegatives(params, row, at, quads);
  else evaluate(params, row, 0, at, 0, quads, halfSteps, true);
}

// Functions of their own, in which `halfSteps` is a constant.

function squared(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, from, at, firstPair, quads, 4, false);
}

function anyGamma(params: KernelParams, row: usize, from: usize, at: usize, firstPair: u32, quads: u32): void {
  evaluate(params, row, from, at, firstPair, quads, ANY_GAMMA, false);
}

function squaredNegatives(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, 0, at, 0, quads, 4, true);
}

function linearNegatives(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, 0, at, 0, quads, 2, true);
}

function unfocusedNegatives(params: KernelParams, row: usize, at: usize, quads: u32): void {
  evaluate(params, row, 0, at, 0, quads, 0, true);
}

/**
 * With p = 1 / (1 + E), q = E p and C, the cross-entropy: L = α q^γ C, dL/dz = α q^γ (q + γ p C).
 *
 * For any γ, q^γ = e^{γ log q}, log q = min(z, 0) − log1p(a / b), where a is the smaller and b the larger of E and 1. The
 * logarithm is 2 atanh(s), s = a / (a + 2b), and one division serves p and s.
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
  allNegative: bool,
): void {
  const constants = params.constants;
  const one = constants.one;
  const ZERO = f32x4.splat(0);
  const isAny = halfSteps == ANY_GAMMA;
  const gamma = f32x4.splat(f32(halfSteps) / 2);
  const step: usize = params.gradients ? 16 : 0;
  const factorsStep: usize = params.lanesAreSamples ? 0 : FACTORS_SIZE;
  let factors = params.rows + FACTORS;
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16, at += step, factors += factorsStep) {
    const high = v128.load(quad);
    const rest = v128.load(quad, E_LOW);
    const signed = v128.load(quad, CROSS_ENTROPY);
    const active = allNegative ? ZERO : f32x4.ne(high, ZERO);
    const lowE = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(rest));
    const highE = f64x2.add(f64x2.promote_low_f32x4(highHalf(high)), f64x2.promote_low_f32x4(highHalf(rest)));
    const lowA = f64x2.add(one, lowE);
    const highA = f64x2.add(one, highE);
    let lowP: v128;
    let highP: v128;
    let modulator = ZERO;
    let lowGamma = one;
    let highGamma = one;
    if (isAny) {
      lowGamma = changetype<ClassPair>(address).gamma;
      highGamma = changetype<ClassPair>(address + nextPair).gamma;
      address += 2 * nextPair;
      const lowB = f64x2.pmax(lowE, one);
      const highB = f64x2.pmax(highE, one);
      const lowSum = f64x2.add(lowA, lowB);
      const highSum = f64x2.add(highA, highB);
      const lowInverse = f64x2.div(one, f64x2.mul(lowA, lowSum));
      const highInverse = f64x2.div(one, f64x2.mul(highA, highSum));
      lowP = f64x2.mul(lowInverse, lowSum);
      highP = f64x2.mul(highInverse, highSum);
      const lowS = f64x2.mul(f64x2.mul(f64x2.pmin(lowE, one), lowA), lowInverse);
      const highS = f64x2.mul(f64x2.mul(f64x2.pmin(highE, one), highA), highInverse);
      const tail = twiceAtanhTail(demote(lowS, highS), constants);
      const z = v128.xor(v128.load(from), v128.and(signed, f32x4.splat(-0.0)));
      const base = v128.and(f32x4.pmin(z, ZERO), active);
      const lowLog1p = f64x2.add(f64x2.add(lowS, lowS), f64x2.promote_low_f32x4(tail));
      const highLog1p = f64x2.add(f64x2.add(highS, highS), f64x2.promote_low_f32x4(highHalf(tail)));
      const lowLog = f64x2.sub(f64x2.promote_low_f32x4(base), lowLog1p);
      const highLog = f64x2.sub(f64x2.promote_low_f32x4(highHalf(base)), highLog1p);
      modulator = expOfFour(f64x2.mul(lowGamma, lowLog), f64x2.mul(highGamma, highLog), constants);
    } else {
      lowP = f64x2.div(one, lowA);
      highP = f64x2.div(one, highA);
    }
    const lowQ = f64x2.mul(lowE, lowP);
    const highQ = f64x2.mul(highE, highP);
    if (!isAny) modulator = demote(halfStepPower(lowQ, halfSteps), halfStepPower(highQ, halfSteps));
    const p = demote(lowP, highP);
    const crossEntropy = allNegative ? signed : magnitude(signed);
    let ofModulator = halfSteps == 4 ? f32x4.add(p, p) : f32x4.mul(gamma, p);
    // γ rounded to float32 would be off by the same for all elements, so that errors would not average out.
    if (isAny) ofModulator = demote(f64x2.mul(lowGamma, lowP), f64x2.mul(highGamma, highP));
    const slope = f32x4.mul(modulator, multiplyAdd<f32>(ofModulator, crossEntropy, demote(lowQ, highQ)));
    const negative = v128.load(factors);
    const factor = allNegative
      ? negative
      : v128.bitselect(v128.load(factors, POSITIVE), negative, i32x4.shr_s(signed, 31));
    v128.store(quad, f32x4.mul(modulator, crossEntropy), LOSS);
    v128.store(quad, slope, GRADIENT_L1);
    v128.store(at, f32x4.mul(slope, factor));
    v128.store(quad, allNegative ? p : v128.and(p, active), PT);
  }
}
