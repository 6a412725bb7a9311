import { KernelParams } from '../kernel-params';

/** The parameters of a call of `softmaxSweep`, in the backend's memory. */
@unmanaged
export class SoftmaxSweepParams {
  /** Those of an evaluation with γ = 0 and without α: of its sums, those that do not depend on γ and α are used. */
  shared: KernelParams;
  /** Those of each evaluation, one address (uint32) after another: with scratch memory and sums of its own. */
  evaluations: usize;
  /** Scratch memory for one `PairTerms` per pair of samples of a block. */
  terms: usize;
  /** Scratch memory for float32 [count + 1, MAX_SAMPLES]. */
  factors: usize;
  count: u32;
  // Of labels in [0, 1].
  /** Scratch memory for a boolean (uint8) per evaluation: whether the sweep serves it. */
  served: usize;
  /** Scratch memory for the list of singles, as in single-pairs.ts. */
  singles: usize;
  /** Boolean: a γ of any evaluation is no half-step. */
  needsLogarithms: u32;
}

/** The most samples of a block. */
const MAX_SAMPLES: u32 = 64;

/** What two samples share between evaluations; see `evaluatePair` in softmax/evaluate-pair.ts. */
@unmanaged
export class PairTerms {
  p: v128;
  q: v128;
  minusLogP: v128;
  /** −p (log p) / q */
  slopeOfGamma: v128;
  /** 1 / the sum of all exponentials. */
  inverse: v128;
}

@inline
export function evaluationAt(sweep: SoftmaxSweepParams, i: u32): KernelParams {
  return changetype<KernelParams>(load<usize>(sweep.evaluations + (usize(i) << 2)));
}

@inline
export function isServed(sweep: SoftmaxSweepParams, i: u32): bool {
  return load<u8>(sweep.served + usize(i)) != 0;
}

@inline
export function setServed(sweep: SoftmaxSweepParams, i: u32, value: bool): void {
  store<u8>(sweep.served + usize(i), value);
}

/** The terms of the pair of sample i of a block. */
@inline
export function termsOf(sweep: SoftmaxSweepParams, i: u32): PairTerms {
  return changetype<PairTerms>(sweep.terms + usize(i >> 1) * offsetof<PairTerms>());
}

/**
 * A factor of each sample of a block, 0 for those that are evaluated in float64: times the exponential of a class it is
 * |gradient| · `GRADIENT_SCALE`; or p · `SUM_SCALE` if `evaluation` is their number.
 */
@inline
export function factorsOf(sweep: SoftmaxSweepParams, evaluation: u32): usize {
  return sweep.factors + usize(evaluation * MAX_SAMPLES) * 4;
}

/** So that the square of a gradient that matters is a normal float32: 2^32. */
export const GRADIENT_SCALE: f64 = 4294967296;
