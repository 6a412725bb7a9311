import { CLASS_WEIGHT, optionOf, POSITIVE_ALPHA } from '../class-options';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';

// What Poly-1 adds in the kernels for soft labels: with κ, ε by α of the class, and k and s as in general-row.ts,
//   L = k q^γ (κ q − log p),  s = k q^(γ−1) [q − γ p log p + κ (γ + 1) p q]
// and γ is 0 in the brackets if the factor is detached.

/** A κ beyond this, times α and a label, may leave the range of float32. */
const MAX_RATIO: f64 = 1e4;
/** Of a smaller κ, the terms of a loss cancel. */
const MIN_RATIO: f64 = -1;

/** κ of a class; 0 of one without weight. */
export function polyRatio(params: KernelParams, c: u32): f64 {
  const weight = optionOf(params, CLASS_WEIGHT, c);
  return weight == 0 ? 0 : (params.polyEpsilon * weight) / optionOf(params, POSITIVE_ALPHA, c);
}

/** Whether float32 holds what Poly-1 adds: not if a class has a weight, but an α of 0. */
export function servesPoly(params: KernelParams): bool {
  if (params.polyEpsilon == 0) return true;
  for (let c: u32 = 0; c < params.classes; c++) {
    const ratio = polyRatio(params, c);
    if (!(ratio >= MIN_RATIO && ratio <= MAX_RATIO)) return false;
  }
  return true;
}

/** What float32 lacks of κ: it would be the same for all elements, so that errors would not average out. */
@inline
export function lowPart(ratio: f64): f32 {
  return f32(ratio - f64(f32(ratio)));
}

/** κ t, with κ as the sum of two float32s. */
@inline
export function timesPoly(high: v128, low: v128, t: v128): v128 {
  return multiplyAdd<f32>(high, t, f32x4.mul(low, t));
}
