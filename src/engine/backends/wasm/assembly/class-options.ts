import { KernelParams } from './kernel-params';

// The options of all classes: float64 [5, classes]. To spread them over the pairs takes as long as a few samples, and a pair has
// more of its sums than of its options: kernels that need those of few classes read them here.

/** That of positives. */
export const GAMMA: u32 = 0;
/** α and 1 − α, multiplied by the class weight. */
export const POSITIVE_ALPHA: u32 = 1;
export const NEGATIVE_ALPHA: u32 = 2;
export const CLASS_WEIGHT: u32 = 3;
export const NEGATIVE_GAMMA: u32 = 4;

@inline
export function optionOf(params: KernelParams, option: u32, c: u32): f64 {
  return load<f64>(params.classOptions + (usize(option * params.classes + c) << 3));
}
