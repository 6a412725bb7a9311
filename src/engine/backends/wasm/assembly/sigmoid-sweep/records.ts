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

/** Two of their lanes, in float64. All but the mask are 0 in a lane that contributes nothing. */
@unmanaged
export class Record {
  /** The probability of the wrong label, and of the right one. */
  q: v128;
  p: v128;
  /** q, −log p and −p log p, multiplied by the sample weight. */
  weightedQ: v128;
  minusLogP: v128;
  pMinusLogP: v128;
  positive: v128;
}

export const RECORD_SIZE: usize = offsetof<Record>();

@inline
export function vectorAt(params: SweepParams, i: u32): Vector {
  return changetype<Vector>(params.block + usize(i) * offsetof<Vector>());
}

/** The records of the first two lanes of each vector, or of the other two. */
@inline
export function recordsAt(params: SweepParams, half: u32): usize {
  return params.block + usize(VECTORS) * (offsetof<Vector>() + usize(half) * RECORD_SIZE);
}
