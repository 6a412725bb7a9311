import { Constants } from '../math/constants';

/** The parameters of a call of `sigmoidSweep`, in the backend's memory. */
@unmanaged
export class SweepParams {
  constants: Constants;
  /** float32 [outer, classes, inner] */
  predictions: usize;
  /** int32 [outer, inner], or float32 [outer, classes, inner] if `dense`. */
  labels: usize;
  /** float32 [outer, inner]; 0 if absent. */
  sampleWeights: usize;
  /** Scratch memory of BLOCK_SIZE bytes. */
  block: usize;
  /** int32 [evaluations]: 2γ of each evaluation, from 0 to 10. */
  halfSteps: usize;
  classes: u32;
  inner: u32;
  /** Boolean. */
  dense: u32;
  /** Boolean: vector lanes are samples of one class, and not classes of one sample. */
  lanesAreSamples: u32;
  evaluations: u32;
}

// The sums of four lanes, each float64 [4]: those that all evaluations share, positives and then negatives of each, and those of
// each evaluation. Lanes are four classes, or samples of one class, whose sums the host adds up.

export const CROSS_ENTROPY: usize = 0;
export const PT: usize = 64;
export const COUNT: usize = 128;
export const PREDICTED: usize = 192;
const SHARED_SIZE: usize = 256;
export const LOSS: usize = 0;
export const GRADIENT_L1: usize = 64;
export const GRADIENT_SQUARES: usize = 128;
const EVALUATION_SIZE: usize = 192;

/** From the sums of positives to those of negatives. */
export const SIDE: usize = 32;
/** From the sums of the first two lanes to those of the others. */
export const HALF: usize = 16;

@inline
export function evaluationAt(sums: usize, evaluation: u32): usize {
  return sums + SHARED_SIZE + usize(evaluation) * EVALUATION_SIZE;
}

/** The size of the sums of four lanes. */
@inline
export function sumsSize(params: SweepParams): usize {
  return SHARED_SIZE + usize(params.evaluations) * EVALUATION_SIZE;
}
