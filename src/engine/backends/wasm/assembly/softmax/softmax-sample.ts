import { KernelParams } from '../kernel-params';
import { maskRemaining } from './softmax-remaining-classes';
import { indexOf, laneOf, SamplePair } from './softmax-pair';
import { ClassPair, pairAt } from '../sums';

/**
 * Adds one sample of a pair to the sums, apart from the classes that are neither its true nor its largest one, and writes its
 * loss and the gradients of those two.
 */
export function addSample(params: KernelParams, pair: SamplePair, lane: usize): void {
  const t = indexOf(pair, offsetof<SamplePair>('trueClasses'), lane);
  const sums = sumsOf(params, t);
  const logP = laneOf(pair, offsetof<SamplePair>('logP'), lane);
  const loss = -laneOf(pair, offsetof<SamplePair>('lossWeight'), lane) * logP;
  add(sums + offsetof<ClassPair>('positiveLoss'), loss);
  if (params.elementwise) {
    const sample = indexOf(pair, offsetof<SamplePair>('samples'), lane);
    store<f32>(params.elementwise + (usize(sample) << 2), f32(loss));
  }
  const a = indexOf(pair, offsetof<SamplePair>('largestClasses'), lane);
  const slope = laneOf(pair, offsetof<SamplePair>('slope'), lane);
  const q = laneOf(pair, offsetof<SamplePair>('q'), lane);
  const inverse = laneOf(pair, offsetof<SamplePair>('inverse'), lane);
  const largestGradient = slope * inverse * laneOf(pair, offsetof<SamplePair>('largestExp'), lane);
  if (params.gradients) {
    const element = indexOf(pair, offsetof<SamplePair>('elements'), lane);
    if (a != t) storeGradient(params, element, a, largestGradient);
    storeGradient(params, element, t, -slope * q);
  }
  if (!params.allSums) return;
  const p = laneOf(pair, offsetof<SamplePair>('p'), lane);
  add(sums + offsetof<ClassPair>('positiveCrossEntropy'), -laneOf(pair, offsetof<SamplePair>('weight'), lane) * logP);
  add(sums + offsetof<ClassPair>('positiveGradientL1'), slope * q);
  add(sums + offsetof<ClassPair>('positivePt'), p);
  add(sums + offsetof<ClassPair>('positiveCount'), 1);
  add(sums + offsetof<ClassPair>('negativeCount'), -1); // `countNegatives` counts every class of every sample.
  if (params.gradientSquares) add(sums + offsetof<ClassPair>('positiveGradientSquares'), slope * q * (slope * q));
  maskRemaining(params, t);
  if (a == t) {
    add(sums + offsetof<ClassPair>('positivePredicted'), 1);
    return;
  }
  const sumsOfLargest = sumsOf(params, a);
  const notLargest = inverse * laneOf(pair, offsetof<SamplePair>('restSum'), lane) + p;
  add(sumsOfLargest + offsetof<ClassPair>('negativePredicted'), 1);
  add(sumsOfLargest + offsetof<ClassPair>('negativePt'), notLargest);
  add(sumsOfLargest + offsetof<ClassPair>('negativeGradientL1'), largestGradient);
  if (params.gradientSquares) {
    add(sumsOfLargest + offsetof<ClassPair>('negativeGradientSquares'), largestGradient * largestGradient);
  }
  maskRemaining(params, a);
}

@inline
function storeGradient(params: KernelParams, element: u32, c: u32, gradient: f64): void {
  store<f32>(params.gradients + (usize(element + c * params.inner) << 2), f32(gradient * params.scale));
}

@inline
function sumsOf(params: KernelParams, c: u32): usize {
  return changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
