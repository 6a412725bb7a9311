import { smallPower } from '../focal-term';
import { CLASS_WEIGHT, optionOf } from '../class-options';
import { KernelParams } from '../kernel-params';
import { exp, logOf } from '../math/vector-math';
import { factorAt, GRADIENT, P, SLOPE } from './sample-factors';
import { COUNTS, FLOAT64, indexOf, pairOf, SamplePair, setIndex } from './softmax-pair';
import { SUM_SCALE } from './softmax-remaining-classes';

/**
 * Computes the terms of the samples i and i + 1 of a block, as in `evaluateRow`. Since the true class is left out of `restSum`, q = 1 − p does not
 * cancel.
 *
 * An error δ of the exponentials becomes one of (γ p + 1) δ in the loss and s. Samples of which float32 cannot hold the terms
 * are left to float64, and so are those of which Poly-1 with a negative ε turns the gradients.
 *
 * @returns how many samples count
 */
@inline
export function evaluatePair(params: KernelParams, i: u32): i32 {
  const pair = pairOf(params, i);
  const ONE = f64x2.splat(1);
  const constants = params.constants;
  const wrong = f64x2.add(pair.restSum, pair.largestExp);
  const inverse = f64x2.div(ONE, f64x2.add(wrong, pair.trueExp));
  const p = f64x2.mul(pair.trueExp, inverse);
  const q = f64x2.mul(wrong, inverse);
  const logP = logOf(p, q, constants);
  const pLogP = f64x2.mul(pair.gamma, f64x2.mul(p, logP));
  let k: v128; // w q^γ
  let slope: v128; // w q^γ (1 − γ p log p / q)
  if (params.smallGamma > 0) {
    const lower = f64x2.mul(pair.lossWeight, smallPower(q, params.smallGamma - 1));
    k = f64x2.mul(lower, q);
    slope = f64x2.mul(lower, f64x2.sub(q, pLogP));
  } else {
    k = pair.lossWeight;
    if (params.smallGamma < 0) k = f64x2.mul(k, powers(p, q, pair.gamma, params));
    slope = f64x2.mul(k, f64x2.sub(ONE, f64x2.div(pLogP, q)));
  }
  if (params.detachedGradient) slope = k;
  let loss = f64x2.neg(f64x2.mul(k, logP));
  if (params.polyEpsilon != 0) {
    const poly = f64x2.mul(polyFactors(params, pair), powers(p, q, pair.gamma, params));
    const power = params.detachedGradient ? ONE : f64x2.add(pair.gamma, ONE);
    loss = f64x2.add(loss, f64x2.mul(poly, q));
    slope = f64x2.add(slope, f64x2.mul(poly, f64x2.mul(power, p)));
  }
  const crossEntropy = f64x2.neg(f64x2.mul(pair.weight, logP));
  const trueGradient = f64x2.mul(slope, q);
  const slopeFactor = f64x2.mul(slope, inverse);
  const largestGradient = f64x2.mul(slopeFactor, pair.largestExp);
  const notLargest = f64x2.add(f64x2.mul(inverse, pair.restSum), p);
  storeTerms(pair, offsetof<SamplePair>('lossTerms'), loss, crossEntropy);
  storeTerms(pair, offsetof<SamplePair>('trueTerms'), trueGradient, p);
  storeTerms(pair, offsetof<SamplePair>('largestTerms'), notLargest, largestGradient);
  const scale = f64x2.splat(params.scale);
  storeFloat32(changetype<usize>(pair) + offsetof<SamplePair>('losses'), loss);
  storeFloat32(changetype<usize>(pair) + offsetof<SamplePair>('trueGradients'), f64x2.neg(f64x2.mul(trueGradient, scale)));
  storeFloat32(changetype<usize>(pair) + offsetof<SamplePair>('largestGradients'), f64x2.mul(largestGradient, scale));

  const size = f64x2.mul(slopeFactor, scale);
  const fits = v128.and(f64x2.gt(size, f64x2.splat(MIN_FACTOR)), f64x2.lt(size, f64x2.splat(MAX_FACTOR)));
  const isPrecise = v128.and(
    v128.or(v128.and(fits, f64x2.lt(slopeFactor, f64x2.splat(MAX_SLOPE))), f64x2.eq(size, f64x2.splat(0))),
    f64x2.le(f64x2.mul(pair.gamma, p), f64x2.splat(MAX_GAMMA_P)),
  );
  const states = v128.load64_zero(changetype<usize>(pair) + offsetof<SamplePair>('states'));
  const counts = v128.and(isPrecise, i64x2.extend_low_i32x4_s(i32x4.eq(states, i32x4.splat(COUNTS))));
  pair.slopeFactor = v128.and(slopeFactor, counts);
  storeFloat32(factorAt(params, P, i), v128.and(f64x2.mul(inverse, f64x2.splat(SUM_SCALE)), counts));
  storeFloat32(factorAt(params, SLOPE, i), f64x2.mul(pair.slopeFactor, f64x2.splat(SUM_SCALE)));
  storeFloat32(factorAt(params, GRADIENT, i), v128.and(size, counts));
  const counted = i64x2.bitmask(counts);
  if (counted != 3) leaveToFloat64(pair, counted);
  return popcnt(counted);
}

function leaveToFloat64(pair: SamplePair, counted: i32): void {
  for (let lane = 0; lane < 2; lane++) {
    const state = indexOf(pair, offsetof<SamplePair>('states'), lane);
    if (state == COUNTS && !((counted >> lane) & 1)) setIndex(pair, offsetof<SamplePair>('states'), lane, FLOAT64);
  }
}

/** Stores two terms of each sample, one sample after the other. */
@inline
export function storeTerms(pair: SamplePair, field: usize, first: v128, second: v128): void {
  v128.store(changetype<usize>(pair) + field, i64x2.shuffle(first, second, 0, 2));
  v128.store(changetype<usize>(pair) + field, i64x2.shuffle(first, second, 1, 3), 16);
}

@inline
function storeFloat32(at: usize, values: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(values), 0);
}

/** ε of Poly-1 times the weights of the sample and of its true class. */
function polyFactors(params: KernelParams, pair: SamplePair): v128 {
  const first = optionOf(params, CLASS_WEIGHT, indexOf(pair, offsetof<SamplePair>('trueClasses'), 0));
  const second = optionOf(params, CLASS_WEIGHT, indexOf(pair, offsetof<SamplePair>('trueClasses'), 1));
  const weights = f64x2.mul(f64x2.replace_lane(f64x2.splat(first), 1, second), pair.weight);
  return f64x2.mul(weights, f64x2.splat(params.polyEpsilon));
}

/** q^γ: by products where possible. */
function powers(p: v128, q: v128, gamma: v128, params: KernelParams): v128 {
  const first = power(f64x2.extract_lane(q, 0), f64x2.extract_lane(gamma, 0));
  const second = power(f64x2.extract_lane(q, 1), f64x2.extract_lane(gamma, 1));
  if (first >= 0 && second >= 0) return f64x2.replace_lane(f64x2.splat(first), 1, second);
  return exp(f64x2.mul(gamma, logOf(q, p, params.constants)), params.constants);
}

/** u^γ if γ is a multiple of ½ up to 5: products, and a square root. Else −1. */
function power(u: f64, gamma: f64): f64 {
  const whole = i32(gamma);
  const half = gamma - f64(whole);
  if (gamma > 5 || (half != 0 && half != 0.5)) return -1;
  let product = half == 0 ? 1 : sqrt(u);
  for (let i = 0; i < whole; i++) product *= u;
  return product;
}

const MAX_GAMMA_P: f64 = 5;
const MIN_FACTOR: f64 = 1e-30;
const MAX_FACTOR: f64 = 1e30;
/** Times `SUM_SCALE`, and added up, it is a float32. */
const MAX_SLOPE: f64 = 1e16;
