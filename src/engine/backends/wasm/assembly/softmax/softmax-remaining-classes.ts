import { KernelParams } from '../kernel-params';
import { pairAt } from '../sums';

// The sums of the classes that are neither the true nor the largest one of their sample, which the float32 softmax kernels
// add up for four classes or samples at a time. They are in the scratch memory of these kernels, which follows the float64
// [3, classes] of `params.scratch`: the sample pairs of a block, these sums, and the float32 exponentials of the block, for
// every class rounded up to vectors of four.

/** The sums of four classes in bytes, each float64 [4]: of p, of |gradient|, and of its square. */
export const SUMS_OF_FOUR: usize = 96;
export const GRADIENTS: usize = 32;
export const SQUARES: usize = 64;

/** Of `SamplePair`, in bytes. */
export const SAMPLE_PAIR_SIZE: usize = 256;
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
  return sumsOfRemaining(params) + sizeOfSums(params);
}

/** The size of one float32 per class, in bytes. */
@inline
export function sizeOfRow(params: KernelParams): usize {
  return usize((params.classes + 3) & ~3) << 2;
}

@inline
function sizeOfSums(params: KernelParams): usize {
  return usize((params.classes + 3) >> 2) * SUMS_OF_FOUR;
}

export function clearRemaining(params: KernelParams): void {
  memory.fill(sumsOfRemaining(params), 0, sizeOfSums(params));
}

/** Adds the sums of so many samples to those of the classes. */
export function flushRemaining(params: KernelParams, samples: u32): void {
  if (!params.allSums) return;
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const sums = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 2) << 3);
    const pair = pairAt(params, c >> 1);
    pair.negativePt = f64x2.add(pair.negativePt, f64x2.sub(f64x2.splat(samples), v128.load(sums)));
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, v128.load(sums, GRADIENTS));
    pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, v128.load(sums, SQUARES));
  }
}

/** Counts a class that is the true or the largest one of its sample as p = 1, so that nothing of 1 − p is added. */
@inline
export function maskRemaining(params: KernelParams, c: u32): void {
  const at = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 3) << 3);
  store<f64>(at, load<f64>(at) + 1);
}
