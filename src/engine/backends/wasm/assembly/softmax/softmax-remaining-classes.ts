import { KernelParams } from '../kernel-params';
import { ClassPair, pairAt } from '../sums';

// The sums of the float32 softmax kernels: of the classes that are neither the true nor the largest one of their sample, which
// they add up for four classes or samples at a time, and of those two. They are in the scratch memory of these kernels, which
// follows the float64 [3, classes] of `params.scratch`: the sample pairs of a block, these sums, and the float32 exponentials
// of the block, for every class rounded up to vectors of four.

/** What the terms of p and |gradient| are multiplied by, so that those that matter are normal float32s: 2^64. */
export const SUM_SCALE: f64 = 1.8446744073709552e19;

/** The sums of four classes in bytes, each float64 [4]: of p and |gradient|, times `SUM_SCALE`, and of the gradient's square. */
export const SUMS_OF_FOUR: usize = 96;
export const GRADIENTS: usize = 32;
export const SQUARES: usize = 64;

// The sums of one class that are added up sample by sample, two float64 at a time: of the samples whose true class it is, the
// loss and cross-entropy, |gradient| and p, how many they are and of how many it is the largest class as well; of those whose
// largest class it is, and not the true one, 1 − p and |gradient|, and how many they are; the squares of both gradients.
export const LOSS: usize = 0;
export const TRUE: usize = 16;
export const TRUE_COUNT: usize = 32;
export const LARGEST: usize = 48;
export const LARGEST_COUNT: usize = 64;
export const SAMPLE_SQUARES: usize = 80;
/** In bytes. */
const SAMPLE_SUMS: usize = 96;

/** Of `SamplePair`, in bytes. */
export const SAMPLE_PAIR_SIZE: usize = 304;
/** The most samples of a block. */
const MAX_BLOCK: u32 = 64;
/** The most exponentials of a block of more than four samples: they stay in the L1 cache. */
const MAX_EXPONENTIALS: u32 = 4096;

/** The samples that lanes along the samples evaluate together: a multiple of 4. */
@inline
export function blockOf(params: KernelParams): u32 {
  return max<u32>(4, min(MAX_BLOCK, (MAX_EXPONENTIALS / params.classes) & ~3));
}

@inline
export function samplePairs(params: KernelParams): usize {
  return params.scratch + 3 * (usize((params.classes + 1) & ~1) << 3);
}

@inline
export function sumsOfRemaining(params: KernelParams): usize {
  return samplePairs(params) + usize(MAX_BLOCK >> 1) * SAMPLE_PAIR_SIZE;
}

@inline
export function exponentials(params: KernelParams): usize {
  return sampleSumsAt(params) + fours(params) * 4 * SAMPLE_SUMS;
}

/** The sums of a class that are added up sample by sample. */
@inline
export function sampleSums(params: KernelParams, c: u32): usize {
  return sampleSumsAt(params) + usize(c) * SAMPLE_SUMS;
}

@inline
function sampleSumsAt(params: KernelParams): usize {
  return sumsOfRemaining(params) + fours(params) * SUMS_OF_FOUR;
}

/** The size of one float32 per class, in bytes. */
@inline
export function sizeOfRow(params: KernelParams): usize {
  return usize((params.classes + 3) & ~3) << 2;
}

@inline
function fours(params: KernelParams): usize {
  return usize((params.classes + 3) >> 2);
}

export function clearRemaining(params: KernelParams): void {
  memory.fill(sumsOfRemaining(params), 0, exponentials(params) - sumsOfRemaining(params));
}

/**
 * Adds the sums to those of the classes, and counts every class of every sample as negative but the true one.
 *
 * @param added how many samples are in the sums
 * @param samples how many there are, with those that are evaluated in float64: these have subtracted their true class
 */
export function flushRemaining(params: KernelParams, added: u32, samples: u32): void {
  const inverse = f64x2.splat(1 / SUM_SCALE);
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const pair = pairAt(params, c >> 1);
    const first = sampleSums(params, c);
    const second = first + SAMPLE_SUMS;
    const trueCount = ofBoth(first, second, TRUE_COUNT);
    const largestCount = ofBoth(first, second, LARGEST_COUNT);
    const notRemaining = f64x2.add(trueCount, largestCount);
    if (params.allSums) {
      const sums = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 2) << 3);
      const remaining = f64x2.sub(f64x2.splat(added), notRemaining);
      const p = f64x2.mul(v128.load(sums), inverse);
      const sizes = f64x2.mul(v128.load(sums, GRADIENTS), inverse);
      pair.negativeCount = f64x2.add(pair.negativeCount, f64x2.splat(samples));
      pair.negativePt = f64x2.add(pair.negativePt, f64x2.sub(remaining, p));
      pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, sizes);
      pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, v128.load(sums, SQUARES));
    }
    // Of many classes, most are neither the true nor the largest one of any sample.
    if (v128.any_true(notRemaining)) addSampleSums(params, pair, first, trueCount, largestCount);
  }
}

function addSampleSums(params: KernelParams, pair: ClassPair, first: usize, trueCount: v128, largestCount: v128): void {
  const second = first + SAMPLE_SUMS;
  pair.positiveLoss = f64x2.add(pair.positiveLoss, ofBoth(first, second, LOSS));
  if (!params.allSums) return;
  const notLargest = ofBoth(first, second, LARGEST);
  const largestSizes = ofBoth(first, second, LARGEST + 8);
  const largestSquares = ofBoth(first, second, SAMPLE_SQUARES + 8);
  pair.positiveCrossEntropy = f64x2.add(pair.positiveCrossEntropy, ofBoth(first, second, LOSS + 8));
  pair.positiveGradientL1 = f64x2.add(pair.positiveGradientL1, ofBoth(first, second, TRUE));
  pair.positivePt = f64x2.add(pair.positivePt, ofBoth(first, second, TRUE + 8));
  pair.positiveCount = f64x2.add(pair.positiveCount, trueCount);
  pair.positivePredicted = f64x2.add(pair.positivePredicted, ofBoth(first, second, TRUE_COUNT + 8));
  pair.positiveGradientSquares = f64x2.add(pair.positiveGradientSquares, ofBoth(first, second, SAMPLE_SQUARES));
  pair.negativeCount = f64x2.sub(pair.negativeCount, trueCount);
  pair.negativePredicted = f64x2.add(pair.negativePredicted, largestCount);
  pair.negativePt = f64x2.add(pair.negativePt, notLargest);
  pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, largestSizes);
  pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, largestSquares);
}

/** One of the sums of two classes. */
@inline
function ofBoth(first: usize, second: usize, sum: usize): v128 {
  return v128.load64_lane(second + sum, v128.load64_zero(first + sum), 1);
}
