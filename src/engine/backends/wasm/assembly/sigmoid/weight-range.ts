import { KernelParams } from '../kernel-params';

// The weight of an element is that of its sample times its own: the extremes of the two seldom meet, so that those of the products
// are looked at.

/**
 * The smallest weight but 0 of the elements of some samples, or 1 if it is beyond that, and the largest, or 1 if it is below.
 *
 * @param from the first of the samples, which are whole outer slices
 */
export function rangeOfWeights(params: KernelParams, from: u32, to: u32): v128 {
  const classes = params.classes;
  const samples = params.sampleWeights + (usize(from) << 2);
  const elements = params.elementWeights + ((usize(from) * classes) << 2);
  const none = f64x2.splat(1);
  if (!params.elementWeights) return params.sampleWeights ? rangeOfRun(none, samples, to - from, 0, 0) : none;
  if (!params.sampleWeights) return rangeOfRun(none, elements, (to - from) * classes, 0, 0);
  // A run has the elements of one sample, or of one class in contiguous samples.
  const ofSample = params.inner == 1 && classes > 1;
  const run = ofSample ? classes : classes == 1 ? to - from : params.inner;
  const runs = ((to - from) * classes) / run;
  const step: usize = ofSample ? 0 : 4;
  let range = none;
  for (let i: u32 = 0; i < runs; i++) {
    const sample = ofSample ? i : (i / classes) * run;
    range = rangeOfRun(range, elements + ((usize(i) * run) << 2), run, samples + (usize(sample) << 2), step);
  }
  return range;
}

/**
 * Extends a range by some float32 weights.
 *
 * @param factors what they are multiplied by, or 0 for nothing
 * @param step from one factor to the next, 4, or 0 if they have one
 */
function rangeOfRun(range: v128, weights: usize, count: u32, factors: usize, step: usize): v128 {
  let smallest = f32x4.splat(f32(f64x2.extract_lane(range, 0)));
  let largest = f32x4.splat(f32(f64x2.extract_lane(range, 1)));
  const ONE = f32x4.splat(1);
  let factor = factors ? v128.load32_splat(factors) : ONE;
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4, weights += 16) {
    if (step) {
      factor = v128.load(factors);
      factors += 16;
    }
    const weight = f32x4.mul(v128.load(weights), factor);
    smallest = f32x4.pmin(smallest, orOne(weight));
    largest = f32x4.pmax(largest, weight);
  }
  for (; i < count; i++, weights += 4) {
    if (step) {
      factor = v128.load32_splat(factors);
      factors += 4;
    }
    const weight = f32x4.mul(v128.load32_splat(weights), factor);
    smallest = f32x4.pmin(smallest, orOne(weight));
    largest = f32x4.pmax(largest, weight);
  }
  smallest = f32x4.pmin(smallest, i32x4.shuffle(smallest, smallest, 2, 3, 0, 1));
  largest = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  smallest = f32x4.pmin(smallest, i32x4.shuffle(smallest, smallest, 1, 0, 3, 2));
  largest = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 1, 0, 3, 2));
  return f64x2(f32x4.extract_lane(smallest, 0), f32x4.extract_lane(largest, 0));
}

/** 1 in place of 0. */
@inline
function orOne(x: v128): v128 {
  return v128.bitselect(f32x4.splat(1), x, f32x4.eq(x, f32x4.splat(0)));
}
