import { Constants } from './constants';
import { LogPair } from './log-pair';
import { Term } from './term';

/** What the host tells a kernel, in the backend's memory. A pointer is 0 where there is nothing to read or to write. */
@unmanaged
export class Job {
  constants: Constants;
  /** float32 [outer, classes, inner] */
  predictions: usize;
  /** int32 [outer, inner], or float32 [outer, classes, inner] if `dense`. */
  labels: usize;
  /** float32 [outer, inner] */
  sampleWeights: usize;
  /** float32 [outer, classes, inner]; so is the Hessian. */
  gradients: usize;
  /** float32 [outer, classes, inner]; for softmax [outer, inner]. */
  elementwise: usize;
  hessian: usize;
  /** One `ClassPair` per two classes, or per class where lanes are samples. */
  pairs: usize;
  /** Room for float64 [3, classes], the classes rounded up to pairs. */
  scratch: usize;
  /** Room for a block of samples, as negatives.ts has them; its counts are 0. */
  block: usize;
  /** As in bins.ts; the general kernels fill them. */
  bins: usize;
  /** Room for what the general kernels find on their way. */
  logPair: LogPair;
  term: Term;
  classes: u32;
  inner: u32;
  /** Booleans. */
  dense: u32;
  allSums: u32;
  /** With `allSums`. */
  gradientSquares: u32;
  lanesAreSamples: u32;
  /** γ where it is 0, 1, 2 or 3 for every class and needs no power; −1 elsewhere. */
  smallGamma: i32;
  /** Boolean: predictions are probabilities, not logits. */
  probabilities: u32;
  /** What a sigmoid label between 0 and 1 means: INTERPOLATED, TERMWISE or QUALITY. */
  softLabels: i32;
  /** 1 / denominator, by which gradients and Hessian are multiplied. */
  scale: f64;
  /** Smoothing makes y out of a label y₀: y = keptLabel · y₀ + addedLabel. 1 and 0 without. */
  keptLabel: f64;
  addedLabel: f64;
  /** Probabilities are clamped to [epsilon, 1 − epsilon]. */
  epsilon: f64;
}

export const INTERPOLATED: i32 = 0;
export const TERMWISE: i32 = 1;
export const QUALITY: i32 = 2;

/** The weight of a sample, in both lanes. */
@inline
export function weightOf(job: Job, sample: u32): v128 {
  return f64x2.splat(job.sampleWeights ? load<f32>(job.sampleWeights + (usize(sample) << 2)) : 1);
}

/** The label, dense or index, of what contributes nothing. */
export const IGNORED: i32 = -1;
