import { SweepParams } from './sweep-params';
import { VECTORS } from './records';

/** Two elements with labels in [0, 1] in scratch memory, in float64. */
@unmanaged
export class SoftRecord {
  /** What is raised to the power of γ, and, if `needsLogarithms`, its logarithm. */
  u: v128;
  logU: v128;
  /** u^γ of the evaluation in progress. */
  modulator: v128;
  /** The cross-entropy, and the terms of the gradient, apart from its sign; all times the sample weight, 0 for IGNORED. */
  crossEntropy: v128;
  slopeOfGamma: v128;
  slope: v128;
  /** The label after smoothing, and 1 − y. */
  y: v128;
  notY: v128;
  /** 0 for IGNORED. */
  pt: v128;
  /** The mask of labels of ½ and more before smoothing. */
  positive: v128;
}

export const SOFT_RECORD_SIZE: usize = offsetof<SoftRecord>();

/** The records of the first two lanes of each vector, or of the other two. */
@inline
export function softRecordsAt(params: SweepParams, half: u32): usize {
  return params.block + usize(half * VECTORS) * SOFT_RECORD_SIZE;
}
