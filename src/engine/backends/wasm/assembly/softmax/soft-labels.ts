// Labels of the classes that are evaluated in float32, for softmax with soft labels.

// Kinds of labels: class indices, which are smoothed, and dense labels without and with smoothing.
export const INDICES: i32 = 0;
export const DENSE: i32 = 1;
export const SMOOTHED: i32 = 2;

/** Products with smaller labels may be subnormal. */
const MIN_LABEL: f32 = 1e-12;
/** Of fewer classes, most are probable, or positive: all are evaluated in float64. */
export const MIN_CLASSES: u32 = 16;

/** The mask of the dense labels for which a class is evaluated in float64: those of ½ and more, and tiny ones. */
@inline
export function needFloat64(labels: v128): v128 {
  const isTiny = f32x4.lt(labels, f32x4.splat(MIN_LABEL));
  return v128.or(f32x4.ge(labels, f32x4.splat(0.5)), v128.and(isTiny, f32x4.ne(labels, f32x4.splat(0))));
}

/**
 * The shares of dense labels, divided by `labelUnit`. A smoothed label is y · kept + added, divided by `added`.
 *
 * @param keptHigh kept / added in two parts, because its rounding error would be that of every sum
 * @param kind a constant
 */
@inline
export function labelShares(labels: v128, weights: v128, keptHigh: v128, keptLow: v128, one: v128, kind: i32): v128 {
  if (kind == DENSE) return f32x4.mul(weights, labels);
  return f32x4.mul(weights, f32x4.add(f32x4.mul(labels, keptHigh), f32x4.add(f32x4.mul(labels, keptLow), one)));
}
