import { GAMMA, optionOf, POSITIVE_ALPHA } from '../class-options';
import { KernelParams } from '../kernel-params';
import { SAMPLE_PAIR_SIZE, samplePairs } from './softmax-remaining-classes';

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
  /** That times α of the true class. */
  lossWeight: v128;
  gamma: v128;
  // What `evaluatePair` computes: s p of a class is its exponential times this; 0 if the sample does not count.
  slopeFactor: v128;
  // What a sample adds to the sums of its true class, and of its largest one unless that is the true one: of each sample
  // L and cross-entropy, |gradient| and p, and 1 − p and |gradient|.
  lossTerms: v128;
  lossTermsOfSecond: v128;
  trueTerms: v128;
  trueTermsOfSecond: v128;
  largestTerms: v128;
  largestTermsOfSecond: v128;
  // Float32 of each sample.
  trueGradients: u64;
  largestGradients: u64;
  losses: u64;
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
  const weight: f64 = params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1;
  setLane(pair, offsetof<SamplePair>('weight'), lane, weight);
  setLane(pair, offsetof<SamplePair>('lossWeight'), lane, weight * optionOf(params, POSITIVE_ALPHA, trueClass));
  setLane(pair, offsetof<SamplePair>('gamma'), lane, optionOf(params, GAMMA, trueClass));
}
