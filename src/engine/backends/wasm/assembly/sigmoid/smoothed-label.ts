import { multiplyAdd, subtractProduct } from '../math/multiply-add';

// A label y after smoothing, and 1 − y. Each is computed from the label before it: as 1 minus the other, it would have few digits
// where that is nearly 1.

/** @param label in [0, 1] @param kept and `added`: as in `KernelParams` */
@inline
export function smoothedLabel(label: v128, kept: v128, added: v128): v128 {
  return multiplyAdd<f64>(label, kept, added);
}

/** (1 − label) kept + added: of a label of 1, the difference is exactly 0. */
@inline
export function smoothedComplement(label: v128, kept: v128, added: v128): v128 {
  return f64x2.add(subtractProduct<f64>(kept, label, kept), added);
}
