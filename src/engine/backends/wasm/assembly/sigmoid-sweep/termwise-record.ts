import { SweepParams } from './sweep-params';
import { VECTORS } from './records';

/**
 * Two elements with termwise labels y in scratch memory, in float64. Its loss is α y q^γ (−log p) + (1 − α) (1 − y) p^γ (−log q), and
 * its gradient the difference of the slopes of these terms.
 */
@unmanaged
export class TermwiseRecord {
  p: v128;
  q: v128;
  /** If `needsLogarithms`. */
  logP: v128;
  logQ: v128;
  // The two cross-entropies and their slopes, all times the sample weight and y or 1 − y; 0 for IGNORED.
  crossEntropyOfY: v128;
  crossEntropyOfNotY: v128;
  slopeOfY: v128;
  slopeOfNotY: v128;
  /** What is added to the slopes for each 1 of γ. */
  slopeOfGammaOfY: v128;
  slopeOfGammaOfNotY: v128;
  /** Of the γ in progress. */
  gradientOfY: v128;
  gradientOfNotY: v128;
  /** p of positive and q of negative labels; 0 for IGNORED. */
  pt: v128;
  /** The mask of labels of ½ and more before smoothing. */
  positive: v128;
}

export const TERMWISE_RECORD_SIZE: usize = offsetof<TermwiseRecord>();

/** The records of the first two lanes of each vector, or of the other two. */
@inline
export function termwiseRecordsAt(params: SweepParams, half: u32): usize {
  return params.block + usize(half * VECTORS) * TERMWISE_RECORD_SIZE;
}
