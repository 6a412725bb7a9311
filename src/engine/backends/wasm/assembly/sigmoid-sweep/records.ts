import { SweepParams } from './sweep-params';

/** The vectors that are evaluated together, so that sums are loaded and stored once for all of them. */
export const VECTORS: u32 = 16;

/** Four elements in scratch memory, in float32. */
@unmanaged
export class Vector {
  /** −x for a positive and x for a negative label, as in sigmoid-pair.ts; 0 in lanes that contribute nothing. */
  z: v128;
  /** e^z in two parts; 0 in lanes that contribute nothing. */
  e: v128;
  eLow: v128;
  positive: v128;
  active: v128;
  weight: v128;
}

/** What their sums are made of, in float32. All but the mask are 0 in a lane that contributes nothing. */
@unmanaged
export class Record {
  /** The probability of the wrong label, and of the right one. */
  q: v128;
  p: v128;
  qSquared: v128;
  /** q, −log p and −p log p, multiplied by the weight and `TERM_SCALE`. */
  weightedQ: v128;
  minusLogP: v128;
  pMinusLogP: v128;
  positive: v128;
}

export const RECORD_SIZE: usize = offsetof<Record>();
const RECORDS: usize = VECTORS + 2;

@inline
export function vectorAt(params: SweepParams, i: u32): Vector {
  return changetype<Vector>(params.block + usize(i) * offsetof<Vector>());
}

/**
 * The records of vectors without positive labels start here, and those of the others end at `endOfRecords`. Each of the two
 * has an even number, with one that is 0 where one is missing.
 */
@inline
export function startOfRecords(params: SweepParams): usize {
  return params.block + usize(VECTORS) * offsetof<Vector>();
}

@inline
export function endOfRecords(params: SweepParams): usize {
  return startOfRecords(params) + RECORDS * RECORD_SIZE;
}
