import { CLASS_WEIGHT, optionOf } from '../class-options';
import { KernelParams } from '../kernel-params';
import { ClassPair, offsetInPart, SUMS_OF_CLASS } from '../sums';

// The sums of the float32 softmax kernels: of the classes that are neither the true nor the largest one of their sample, which
// they add up for four classes or samples at a time, and of those two. They are in the scratch memory of these kernels, which
// follows the float64 [3, classes] of `params.scratch`: the sample pairs of a block and their factors, these sums with a uint32 per
// class between them, and the float32 exponentials of the block, for every class rounded up to vectors of four.

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
export const SAMPLE_PAIR_SIZE: usize = 272;
/** The most samples of a block. */
export const MAX_BLOCK: u32 = 64;
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

/** Laid out as in sample-factors.ts. */
@inline
export function sampleFactors(params: KernelParams): usize {
  return samplePairs(params) + usize(MAX_BLOCK >> 1) * SAMPLE_PAIR_SIZE;
}

@inline
export function sumsOfRemaining(params: KernelParams): usize {
  return sampleFactors(params) + 3 * (usize(MAX_BLOCK) << 2);
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

/**
 * Likewise, to be added to. Of many classes, most are neither the true nor the largest one of any sample: the sums of a class are
 * cleared when it has the first.
 */
@inline
export function startedSampleSums(params: KernelParams, c: u32): usize {
  const sums = sampleSums(params, c);
  const flag = sampleFlags(params) + (usize(c) << 2);
  if (!load<u32>(flag)) {
    store<u32>(flag, 1);
    memory.fill(sums, 0, SAMPLE_SUMS);
  }
  return sums;
}

/** Whether a class has such sums: uint32 of each. */
@inline
function sampleFlags(params: KernelParams): usize {
  return sumsOfRemaining(params) + fours(params) * SUMS_OF_FOUR;
}

@inline
function sampleSumsAt(params: KernelParams): usize {
  return sampleFlags(params) + fours(params) * 16;
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
  memory.fill(sumsOfRemaining(params), 0, sampleSumsAt(params) - sumsOfRemaining(params));
}

/**
 * Ends the sums of a part, for `flushRemaining`.
 *
 * @param added how many samples are in the sums
 * @param samples how many there are, with those that are evaluated in float64: these have subtracted their true class
 */
export function endRemaining(params: KernelParams, added: u32, samples: u32): void {
  params.hasRemaining = 1;
  params.remainingAdded = added;
  params.remainingSamples = samples;
}

/**
 * Adds the sums to those at `part`, and counts every class of every sample as negative but the true one.
 *
 * @param overwrite whether those at `part` count as 0
 */
export function flushRemaining(params: KernelParams, part: usize, overwrite: bool): void {
  const inverse = 1 / SUM_SCALE;
  const added: f64 = params.remainingAdded;
  const samples: f64 = params.remainingSamples;
  const allSums = params.allSums != 0;
  for (let c: u32 = 0; c < params.classes; c++, part += SUMS_OF_CLASS) {
    const hasSampleSums = load<u32>(sampleFlags(params) + (usize(c) << 2)) != 0;
    const sums = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 3) << 3);
    if (overwrite && allSums && !hasSampleSums) {
      writeRemaining(part, samples, added - load<f64>(sums) * inverse, load<f64>(sums, GRADIENTS) * inverse, load<f64>(sums, SQUARES));
      continue;
    }
    if (overwrite) clearPart(part);
    if (allSums) {
      const remaining = added - (hasSampleSums ? countSamples(params, c) : 0);
      addOne(part, offsetof<ClassPair>('negativeCount'), samples);
      addOne(part, offsetof<ClassPair>('negativePt'), remaining - load<f64>(sums) * inverse);
      addOne(part, offsetof<ClassPair>('negativeGradientL1'), load<f64>(sums, GRADIENTS) * inverse);
      addOne(part, offsetof<ClassPair>('negativeGradientSquares'), load<f64>(sums, SQUARES));
    }
    if (hasSampleSums) addSampleSums(params, c, part);
  }
}

/** Writes the sums of a class that is never the true or the largest one: most of many classes. Adding them to 0 takes longer. */
@inline
function writeRemaining(part: usize, count: f64, pt: f64, gradientL1: f64, gradientSquares: f64): void {
  const zeros = f64x2.splat(0);
  for (let at: usize = 0; at < offsetInPart(offsetof<ClassPair>('negativeCrossEntropy')); at += 16) v128.store(part + at, zeros);
  v128.store(part + 64, f64x2.replace_lane(zeros, 1, gradientL1));
  v128.store(part + 80, f64x2.replace_lane(f64x2.splat(pt), 1, count));
  v128.store(part + 96, f64x2.replace_lane(zeros, 1, gradientSquares));
}

/** The samples of which a class is the true or the largest one. */
@inline
function countSamples(params: KernelParams, c: u32): f64 {
  const sums = sampleSums(params, c);
  return load<f64>(sums, TRUE_COUNT) + load<f64>(sums, LARGEST_COUNT);
}

/** Of one class. */
@inline
function clearPart(part: usize): void {
  for (let at: usize = 0; at < SUMS_OF_CLASS; at += 16) v128.store(part + at, f64x2.splat(0));
}

function addSampleSums(params: KernelParams, c: u32, part: usize): void {
  const sums = sampleSums(params, c);
  addOne(part, offsetof<ClassPair>('positiveLoss'), load<f64>(sums, LOSS));
  if (!params.allSums) return;
  const trueCount = load<f64>(sums, TRUE_COUNT);
  const classWeight = optionOf(params, CLASS_WEIGHT, c);
  addOne(part, offsetof<ClassPair>('positiveCrossEntropy'), load<f64>(sums, LOSS + 8) * classWeight);
  addOne(part, offsetof<ClassPair>('positiveGradientL1'), load<f64>(sums, TRUE));
  addOne(part, offsetof<ClassPair>('positivePt'), load<f64>(sums, TRUE + 8));
  addOne(part, offsetof<ClassPair>('positiveCount'), trueCount);
  addOne(part, offsetof<ClassPair>('positivePredicted'), load<f64>(sums, TRUE_COUNT + 8));
  addOne(part, offsetof<ClassPair>('positiveGradientSquares'), load<f64>(sums, SAMPLE_SQUARES));
  addOne(part, offsetof<ClassPair>('negativeGradientL1'), load<f64>(sums, LARGEST + 8));
  addOne(part, offsetof<ClassPair>('negativePt'), load<f64>(sums, LARGEST));
  addOne(part, offsetof<ClassPair>('negativeCount'), -trueCount);
  addOne(part, offsetof<ClassPair>('negativePredicted'), load<f64>(sums, LARGEST_COUNT));
  addOne(part, offsetof<ClassPair>('negativeGradientSquares'), load<f64>(sums, SAMPLE_SQUARES + 8));
}

/** @param sum the offset of a sum in `ClassPair` */
@inline
function addOne(part: usize, sum: usize, value: f64): void {
  const at = part + offsetInPart(sum);
  store<f64>(at, load<f64>(at) + value);
}
