import { SoftmaxSweepParams } from './softmax-sweep-params';

// The classes of samples that are evaluated in float64, class by class, two samples in a vector: the largest class of a sample,
// positive ones, and those too probable for float32.

@unmanaged
export class SinglePair {
  p: v128;
  q: v128;
  /** y times the sample weight, divided by `labelUnit`. */
  share: v128;
  /** −log p and −p (log p) / q times that. */
  crossEntropy: v128;
  slopeOfGamma: v128;
  /** −log q, if any γ needs it. */
  logarithm: v128;
  /** s of the evaluation in progress, without α. */
  slope: v128;
  /** Masks: labels of ½ and more before smoothing; and p > ½. */
  positive: v128;
  large: v128;
  /** The `SoftFour` of each sample plus its lane's offset in fields of float64. */
  firstSample: usize;
  secondSample: usize;
}

/** Rounded up to vectors. */
export const SINGLE_PAIR_SIZE: usize = 160;

/** uint32 [classes]: the address of the pair behind the last one of each class. */
@inline
function endsOf(sweep: SoftmaxSweepParams): usize {
  return sweep.singles;
}

/** float64 [classes, 2]: the losses of the γ in progress, negatives first, without α and divided by `labelUnit`. */
@inline
export function lossesOf(sweep: SoftmaxSweepParams, c: u32): usize {
  return sweep.singles + paddedSize(sweep) + (usize(c) << 4);
}

@inline
export function firstPair(sweep: SoftmaxSweepParams): usize {
  return sweep.singles + paddedSize(sweep) + (usize(sweep.shared.classes) << 4);
}

@inline
export function endOfClass(sweep: SoftmaxSweepParams, c: u32): usize {
  return load<usize>(endsOf(sweep) + (usize(c) << 2));
}

@inline
export function setEndOfClass(sweep: SoftmaxSweepParams, c: u32, end: usize): void {
  store<usize>(endsOf(sweep) + (usize(c) << 2), end);
}

@inline
function paddedSize(sweep: SoftmaxSweepParams): usize {
  return ((usize(sweep.shared.classes) << 2) + 15) & ~15;
}
