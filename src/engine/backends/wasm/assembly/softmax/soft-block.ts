import { KernelParams } from '../kernel-params';
import { ClassPair } from '../sums';
import { samplePairs } from './softmax-remaining-classes';

// The kernels for soft labels and smoothing evaluate blocks of samples, with float32 lanes along the samples. They work on copies
// in scratch memory, where the samples of a class are contiguous whatever the layout.

/** A block; it is in scratch memory itself. */
@unmanaged
export class SoftBlock {
  /** float32 [classes, samples]: the exponentials, +∞ for the largest class; later p. */
  probabilities: usize;
  /** float32 [classes, samples]: the logits; later s, 0 where `evaluateFour` has evaluated it; at last the gradients. */
  logits: usize;
  /** float32 [classes, samples] */
  labels: usize;
  /** uint8 [classes, samples / 4]: whether `evaluateFour` has evaluated the class of these four samples. */
  isDone: usize;
  /** float64 [classes, samples], each where `evaluateFour` has evaluated it: p, or p − 1 where p > ½; and s. */
  probabilitiesFloat64: usize;
  slopesFloat64: usize;
  fours: usize;
  /** The sums of one class that `evaluateFour` and `finishFour` evaluate. */
  sums: ClassPair;
  /** float32 [classes]: α, divided by the largest. */
  alphas: usize;
  /** What s and gradients are divided by: `labelUnit` times the largest α. */
  slopeUnit: f64;
  /** The size of a class's row in bytes. */
  rowSize: usize;
  /** How many samples count, and are not left to float64. */
  active: i32;
  /** The bits of those that are ignored. */
  ignored: u64;
}

/** Four samples. Exponentials are those of the logits, divided by 2^n, where n is such that the largest is about 1. */
@unmanaged
export class SoftFour {
  // float32 [4] or int32 [4].
  maxLogits: v128;
  /** What an exponential is multiplied by to be p. */
  inverses: v128;
  /** The logarithms of the sums of all exponentials relative to the largest. */
  logTotals: v128;
  /** 0 if a sample does not count here. */
  weights: v128;
  /** Masks of those that count. */
  active: v128;
  /** Their classes with the largest logit; −1 for the others. */
  largestClasses: v128;
  /** Class indices. */
  trueClasses: v128;
  /** The sums of all s. */
  slopes: v128;
  // float64 [4], in two vectors.
  shifts: v128;
  shiftsHigh: v128;
  inversesFloat64: v128;
  inversesHigh: v128;
  logTotalsFloat64: v128;
  logTotalsHigh: v128;
  /** p and 1 − p of the largest class. */
  largestP: v128;
  largestPHigh: v128;
  largestQ: v128;
  largestQHigh: v128;
  /** s where p > ½, and the sums of all others. */
  largeSlopes: v128;
  largeSlopesHigh: v128;
  otherSlopes: v128;
  otherSlopesHigh: v128;
  losses: v128;
  lossesHigh: v128;
}

export const FOUR_SIZE: usize = offsetof<SoftFour>();
const MAX_SAMPLES: u32 = 64;
/** The most elements of a block of more than four samples: three float32 tensors of this size stay in the L2 cache. */
const MAX_ELEMENTS: u32 = 16384;

@inline
export function softBlock(params: KernelParams): SoftBlock {
  return changetype<SoftBlock>(samplePairs(params));
}

/** The samples of a block: a multiple of 4. */
export function samplesOfBlock(params: KernelParams): u32 {
  return max<u32>(4, min(MAX_SAMPLES, (MAX_ELEMENTS / params.classes) & ~3));
}

/** Sets the addresses of a block of so many samples. */
export function layOutBlock(params: KernelParams, samples: u32): SoftBlock {
  const block = softBlock(params);
  const classes = usize(params.classes);
  block.rowSize = usize(samples) << 2;
  block.fours = changetype<usize>(block) + SOFT_BLOCK_SIZE;
  const sums = block.fours + usize(MAX_SAMPLES >> 2) * FOUR_SIZE;
  block.sums = changetype<ClassPair>(sums);
  block.alphas = sums + offsetof<ClassPair>();
  block.probabilities = block.alphas + (((classes << 2) + 15) & ~15);
  block.logits = block.probabilities + classes * block.rowSize;
  block.labels = block.logits + classes * block.rowSize;
  block.probabilitiesFloat64 = block.labels + classes * block.rowSize;
  block.slopesFloat64 = block.probabilitiesFloat64 + 2 * classes * block.rowSize;
  block.isDone = block.slopesFloat64 + 2 * classes * block.rowSize;
  return block;
}

/** Of `SoftBlock`, rounded up to vectors. */
const SOFT_BLOCK_SIZE: usize = 64;
