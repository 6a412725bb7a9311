/** Whether any lane of float32 logits is beyond the limit of the float32 kernels. */
@inline
export function isOutOfRange(x: v128, limit: f32): bool {
  return v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(limit)));
}
