import { VectorRun } from './vector-run';
import { TERMWISE } from '../kernel-params';
import { Constants } from '../math/constants';
import { LogProbabilities } from '../math/log-probabilities';

/** The parameters of a call of `sigmoidSweep`, in the backend's memory. */
@unmanaged
export class SweepParams {
  constants: Constants;
  /** float32 [outer, classes, inner] */
  predictions: usize;
  /** int32 [outer, inner], or float32 [outer, classes, inner] if `dense`. */
  labels: usize;
  /** float32 [outer, inner], or [outer, classes, inner] if `hasElementWeights`; 0 if absent. */
  weights: usize;
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
  /** The meaning of a label between 0 and 1, INTERPOLATED, TERMWISE or QUALITY; HARD if there is none. */
  form: i32;
  /** float64 [evaluations]: γ of each; 2γ in `halfSteps` may then be −1, unless labels are hard. */
  gammas: usize;
  /** Boolean: any is −1. */
  needsLogarithms: u32;
  /** The vectors in progress. */
  run: VectorRun;
  // Of termwise labels, pairs of γ and α, those of the first γ first.
  pairs: u32;
  /** uint32 [evaluations]: how many there are up to the last one of each γ. */
  pairEnds: usize;
  /** float64 [pairs, 2, classes], classes rounded up to four: α and 1 − α, times the class weight. */
  alphas: usize;
  /** Of probabilities: scratch memory; null for logits. */
  logProbs: LogProbabilities;
  /** Boolean: weights are those of elements, and not of samples. */
  hasElementWeights: u32;
  /** As in `KernelParams`. */
  keptLabel: f64;
  addedLabel: f64;
  /** Probabilities are clamped to [epsilon, 1 − epsilon]. */
  epsilon: f64;
}

export const HARD: i32 = -1;

/**
 * What the terms of hard labels are multiplied by, apart from p, and their squares by the square of it: 2^32. So those that matter
 * are normal float32s.
 */
export const TERM_SCALE: f32 = 4294967296;

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

// Of soft labels the host multiplies α and 1 − α by sums that are weighted by y and 1 − y: of the loss, of |gradient|, and of its
// square by y², y (1 − y) and (1 − y)².

export const LOSS_OF_Y: usize = 0;
export const LOSS_OF_NOT_Y: usize = 64;
export const GRADIENT_OF_Y: usize = 128;
export const GRADIENT_OF_NOT_Y: usize = 192;
export const SQUARES_OF_Y: usize = 256;
export const SQUARES_OF_BOTH: usize = 320;
export const SQUARES_OF_NOT_Y: usize = 384;
const SOFT_EVALUATION_SIZE: usize = 448;

@inline
export function softEvaluationAt(sums: usize, evaluation: u32): usize {
  return sums + SHARED_SIZE + usize(evaluation) * SOFT_EVALUATION_SIZE;
}

// Of termwise labels, each γ has the two sums of the losses, and each pair of γ and α those of |gradient| and of its square.

const TERMWISE_GAMMA_SIZE: usize = 128;
export const PAIR_GRADIENT: usize = 0;
export const PAIR_SQUARES: usize = 64;
const TERMWISE_PAIR_SIZE: usize = 128;

@inline
export function termwiseGammaAt(sums: usize, evaluation: u32): usize {
  return sums + SHARED_SIZE + usize(evaluation) * TERMWISE_GAMMA_SIZE;
}

@inline
export function termwisePairAt(params: SweepParams, sums: usize, pair: u32): usize {
  return termwiseGammaAt(sums, params.evaluations) + usize(pair) * TERMWISE_PAIR_SIZE;
}

/** The size of the sums of four lanes. */
@inline
export function sumsSize(params: SweepParams): usize {
  if (params.form == TERMWISE) return termwisePairAt(params, 0, params.pairs);
  const size = params.form == HARD ? EVALUATION_SIZE : SOFT_EVALUATION_SIZE;
  return SHARED_SIZE + usize(params.evaluations) * size;
}
