import { Constants } from './math/constants';
import { LogProbabilities } from './math/log-probabilities';
import { Term } from './term';

/** The parameters of a kernel call, in the backend's memory. The pointer to a tensor that is absent is 0. */
@unmanaged
export class KernelParams {
  constants: Constants;
  /** float32 [outer, classes, inner] */
  predictions: usize;
  /** int32 [outer, inner], or float32 [outer, classes, inner] if `dense`. */
  labels: usize;
  /** float32 [outer, inner] */
  sampleWeights: usize;
  /** float32 [outer, classes, inner] */
  elementWeights: usize;
  /** float32 [outer, classes, inner]; the Hessian likewise. */
  gradients: usize;
  /** float32 [outer, classes, inner]; for softmax [outer, inner]. */
  elementwise: usize;
  hessian: usize;
  /** The options of all classes, laid out as in class-options.ts. */
  classOptions: usize;
  /** One `ClassPair` per two classes, or per class where lanes are samples; `startPairSums` fills them in. */
  pairs: usize;
  /** Scratch memory for float64 [3, classes], the classes rounded up to pairs, and what softmax-remaining-classes.ts says. */
  scratch: usize;
  /** Scratch memory for a block of samples, laid out as in records.ts or, under softmax, in sample-bins.ts. */
  block: usize;
  /** Scratch memory for a block of samples, laid out as in sigmoid/quads.ts. */
  rows: usize;
  /** The sums of `difficulty`, laid out as in bins.ts. */
  bins: usize;
  /** Intermediate results of the general kernels. */
  logProbs: LogProbabilities;
  term: Term;
  classes: u32;
  inner: u32;
  /** Boolean, like the following ones up to `lanesAreSamples`. */
  dense: u32;
  allSums: u32;
  /** Only with `allSums`. */
  gradientSquares: u32;
  lanesAreSamples: u32;
  /** γ if it is the same for every class and side and 0, 1, 2 or 3, which need no power function; else −1. */
  smallGamma: i32;
  /** Boolean: predictions are probabilities, not logits. */
  probabilities: u32;
  /** The meaning of a sigmoid label between 0 and 1, INTERPOLATED to QUALITY, or above 0, VARIFOCAL or MATCHABILITY. */
  softLabels: i32;
  /** 2γ if γ is the same for every class and side and 2γ an integer up to 10: powers are products and a square root; else ANY_GAMMA. */
  halfSteps: i32;
  /** Boolean: the sums of the pairs are in use; otherwise they are not cleared. */
  hasPairSums: u32;
  /** Boolean: so are those of softmax-remaining-classes.ts, with the numbers of samples that `endRemaining` describes. */
  hasRemaining: u32;
  remainingAdded: u32;
  remainingSamples: u32;
  /** 0 without the options of the family of focal loss, DETACHED if `detached…` are the only ones in use, else OTHER_TERMS. */
  family: u32;
  /** Boolean: derivatives take the modulating factor for a constant. */
  detachedGradient: u32;
  detachedHessian: u32;
  /** 2γ of each side, as `halfSteps`. Positives without focusing have γ = 0. */
  positiveHalfSteps: i32;
  negativeHalfSteps: i32;
  /** 1 / denominator; gradients and Hessian are multiplied by it. */
  scale: f64;
  /** Smoothing turns a label y₀ into y = keptLabel · y₀ + addedLabel; 1 and 0 without smoothing. */
  keptLabel: f64;
  addedLabel: f64;
  /** Probabilities are clamped to [epsilon, 1 − epsilon]. */
  epsilon: f64;
  /** The largest γ of all classes and sides. */
  maxGamma: f64;
  /** By which the probabilities of negatives are shifted, and the logit of that probability. */
  margin: f64;
  marginLogit: f64;
  /** ε of Poly-1. */
  polyEpsilon: f64;
  /** Dense labels below it, but above 0, are float64; 0 if there are none. `float32Limit` sets it. */
  minLabel: f64;
}

export const ANY_GAMMA: i32 = -1;

export const DETACHED: u32 = 1;
export const OTHER_TERMS: u32 = 2;

export const INTERPOLATED: i32 = 0;
export const TERMWISE: i32 = 1;
export const QUALITY: i32 = 2;
export const VARIFOCAL: i32 = 3;
export const MATCHABILITY: i32 = 4;

/** The weight of a sample, in both lanes. */
@inline
export function weightOf(params: KernelParams, sample: u32): v128 {
  return f64x2.splat(params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1);
}

/** The label, dense or class index, of elements that contribute nothing. */
export const IGNORED: i32 = -1;
