import type { Float64, Float64Tensor } from './float64.ts';

/** Labels y in [0, 1] and 1 − y. */
export interface MixedLabels {
  readonly y: Float64Tensor;
  readonly notY: Float64Tensor;
}

/** −(y a + (1 − y) b), as of the two log probabilities; both terms are ≥ 0 there, so nothing cancels. */
export function mixedBy(f: Float64, { y, notY }: MixedLabels, a: Float64Tensor, b: Float64Tensor): Float64Tensor {
  return f.neg(f.add(f.mul(y, a), f.mul(notY, b)));
}
