import { MAX_EXP_ARGUMENT } from '../math/softplus';

/** Whether any lane of float32 logits is outside the range of the float32 exponential. */
@inline
export function isOutOfRange(x: v128): bool {
  return v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(MAX_EXP_ARGUMENT)));
}
