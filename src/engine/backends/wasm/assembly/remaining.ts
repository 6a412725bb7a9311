import { IGNORED, KernelParams } from './kernel-params';
import { MAX_EXP_ARGUMENT } from './softplus';

// The elements that remain after the float32 fast path has evaluated a run of elements as negatives: labels other than
// negative, and logits out of range. With dense labels the class `c` does not matter.

/** Whether less than a quarter of the vectors have a label other than negative, so that the fast path pays off. */
export function isSparse(params: KernelParams, element: u32, sample: u32, count: u32, c: u32): bool {
  let remaining: u32 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const labels = v128.load(labelsAt(params, element + i, sample + i));
    if (!v128.any_true(notNegative(params, labels, c))) continue;
    remaining += 1;
    if (remaining << 4 >= count) return false;
  }
  return count > 0;
}

/** Whether any of four elements is not negative, or out of range if `mayBeOutOfRange`. */
@inline
export function hasRemaining(params: KernelParams, element: u32, sample: u32, c: u32, mayBeOutOfRange: bool): bool {
  if (v128.any_true(notNegative(params, v128.load(labelsAt(params, element, sample)), c))) return true;
  return mayBeOutOfRange && v128.any_true(outOfFloat32Range(v128.load(params.predictions + (usize(element) << 2))));
}

@inline
function labelsAt(params: KernelParams, element: u32, sample: u32): usize {
  return params.labels + (usize(params.dense ? element : sample) << 2);
}

/** A mask of float32 labels other than 0, or of class indices that are c or ignored. */
@inline
function notNegative(params: KernelParams, labels: v128, c: u32): v128 {
  if (params.dense) return labels;
  return v128.or(i32x4.eq(labels, i32x4.splat(c)), i32x4.eq(labels, i32x4.splat(IGNORED)));
}

/** Whether any of two logits is outside the range of the float32 exponential. */
@inline
export function isOutOfRange(at: usize): bool {
  return v128.any_true(outOfFloat32Range(v128.load64_zero(at)));
}

@inline
function outOfFloat32Range(x: v128): v128 {
  return f32x4.gt(f32x4.abs(x), f32x4.splat(MAX_EXP_ARGUMENT));
}
