import { smallPower } from '../focal-term';
import { KernelParams } from '../kernel-params';
import { SAMPLE_PAIR_SIZE, samplePairs } from './softmax-remaining-classes';
import { ClassPair, pairAt } from '../sums';
import { exp, logOf } from '../math/vector-math';

/**
 * Two samples of the float32 kernels, one per lane of float64. Exponentials are those of the logits, divided by 2^n, where n
 * is chosen for each sample such that the largest is about 1.
 */
@unmanaged
export class SamplePair {
  /** Of the true class. */
  trueExp: v128;
  /** Of the largest class; 0 if that is the true one. */
  largestExp: v128;
  /** The sum of all others. */
  restSum: v128;
  /** The sample weight. */
  weight: v128;
  /** That times α of the true class; `evaluateSamples` multiplies it by q^γ. */
  lossWeight: v128;
  gamma: v128;
  // What `evaluateSamples` computes, as in `evaluateRow`: p, q and log p of the true class, and s.
  p: v128;
  q: v128;
  logP: v128;
  slope: v128;
  /** 1 / the sum of all exponentials. */
  inverse: v128;
  // What `setFactors` computes: p and s p of a class are its exponential times these; 0 if the sample does not count.
  pFactor: v128;
  slopeFactor: v128;
  // Of each sample, uint32.
  elements: u64;
  samples: u64;
  trueClasses: u64;
  largestClasses: u64;
  /** COUNTS, LEFT_OUT or FLOAT64. */
  states: u64;
}

export const LEFT_OUT: u32 = 0;
export const COUNTS: u32 = 1;
/** To be evaluated in float64. */
export const FLOAT64: u32 = 2;

/** The pair of sample i of a block. */
@inline
export function pairOf(params: KernelParams, i: u32): SamplePair {
  return changetype<SamplePair>(samplePairs(params) + usize(i >> 1) * SAMPLE_PAIR_SIZE);
}

/** The number of a sample in one of the fields `elements` to `largestClasses`. */
@inline
export function indexOf(pair: SamplePair, field: usize, lane: usize): u32 {
  return load<u32>(changetype<usize>(pair) + field + (lane << 2));
}

@inline
export function setIndex(pair: SamplePair, field: usize, lane: usize, value: u32): void {
  store<u32>(changetype<usize>(pair) + field + (lane << 2), value);
}

@inline
export function laneOf(pair: SamplePair, field: usize, lane: usize): f64 {
  return load<f64>(changetype<usize>(pair) + field + (lane << 3));
}

@inline
export function setLane(pair: SamplePair, field: usize, lane: usize, value: f64): void {
  store<f64>(changetype<usize>(pair) + field + (lane << 3), value);
}

/** Sets what is known of a sample before its exponentials. */
export function setSample(
  params: KernelParams,
  pair: SamplePair,
  lane: usize,
  element: u32,
  sample: u32,
  trueClass: u32,
  largestClass: u32,
): void {
  setIndex(pair, offsetof<SamplePair>('elements'), lane, element);
  setIndex(pair, offsetof<SamplePair>('samples'), lane, sample);
  setIndex(pair, offsetof<SamplePair>('trueClasses'), lane, trueClass);
  setIndex(pair, offsetof<SamplePair>('largestClasses'), lane, largestClass);
  const options = changetype<usize>(pairAt(params, trueClass >> 1)) + (usize(trueClass & 1) << 3);
  const weight: f64 = params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1;
  setLane(pair, offsetof<SamplePair>('weight'), lane, weight);
  const alpha = load<f64>(options, offsetof<ClassPair>('positiveAlpha'));
  setLane(pair, offsetof<SamplePair>('lossWeight'), lane, weight * alpha);
  setLane(pair, offsetof<SamplePair>('gamma'), lane, load<f64>(options, offsetof<ClassPair>('gamma')));
}

/**
 * Computes the terms of two samples. Since the true class is left out of `restSum`, q = 1 − p does not cancel.
 *
 * An error δ of the exponentials becomes one of (γ p + 1) δ in the loss and s, which `setFactors` bounds.
 */
@inline
export function evaluateSamples(params: KernelParams, pair: SamplePair): void {
  const ONE = f64x2.splat(1);
  const constants = params.constants;
  const wrong = f64x2.add(pair.restSum, pair.largestExp);
  const inverse = f64x2.div(ONE, f64x2.add(wrong, pair.trueExp));
  const p = f64x2.mul(pair.trueExp, inverse);
  const q = f64x2.mul(wrong, inverse);
  const logP = logOf(p, q, constants);
  let modulator: v128; // q^γ
  if (params.smallGamma >= 0) modulator = smallPower(q, params.smallGamma);
  else modulator = powers(p, q, pair.gamma, params);
  const pr = f64x2.div(f64x2.mul(p, logP), q);
  pair.inverse = inverse;
  pair.p = p;
  pair.q = q;
  pair.logP = logP;
  pair.slope = f64x2.mul(f64x2.mul(pair.lossWeight, modulator), f64x2.sub(ONE, f64x2.mul(pair.gamma, pr)));
  pair.lossWeight = f64x2.mul(pair.lossWeight, modulator);
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

/**
 * Sets the factors of the samples that are precise in float32: their exponentials, and their gradients in range.
 *
 * @param counts bit mask of the samples that may count
 * @returns bit mask of those that do
 */
@inline
export function setFactors(params: KernelParams, pair: SamplePair, counts: i32): i32 {
  const slope = f64x2.mul(pair.slope, pair.inverse);
  const size = f64x2.mul(slope, f64x2.splat(params.scale));
  const fits = v128.and(f64x2.gt(size, f64x2.splat(MIN_FACTOR)), f64x2.lt(size, f64x2.splat(MAX_FACTOR)));
  const isPrecise = v128.and(
    v128.or(fits, f64x2.eq(size, f64x2.splat(0))),
    f64x2.le(f64x2.mul(pair.gamma, pair.p), f64x2.splat(MAX_GAMMA_P)),
  );
  const lanes = i64x2.replace_lane(i64x2.splat(-i64(counts & 1)), 1, -i64(counts >> 1));
  const mask = v128.and(isPrecise, lanes);
  pair.pFactor = v128.and(pair.inverse, mask);
  pair.slopeFactor = v128.and(slope, mask);
  return i64x2.bitmask(mask);
}

const MAX_GAMMA_P: f64 = 5;
const MIN_FACTOR: f64 = 1e-30;
const MAX_FACTOR: f64 = 1e30;
