import { KernelParams } from '../kernel-params';

/** Labels are divided by their unit, so that the largest may be the inverse of it, times the largest weight. */
const MIN_LABEL_UNIT: f64 = 1e-20;
/** The inverse of a subnormal float64 may be infinite, and a weight of 0 times that is NaN. */
const MIN_SLOPE_UNIT: f64 = 1e-200;
/** Gradients are computed in float32 before they are scaled. */
const MIN_SCALE: f64 = 1e-20;
const MAX_SCALE: f64 = 4;

/** What labels are divided by in float32, so that the most frequent one, that of a smoothed 0, has no rounding error. */
@inline
export function labelUnit(params: KernelParams): f64 {
  return params.addedLabel > 0 ? params.addedLabel : params.keptLabel;
}

/**
 * Whether float32 holds what the kernels for soft labels compute of labels and gradients.
 *
 * @param slopeUnit what s and gradients are divided by
 */
export function areUnitsInRange(params: KernelParams, slopeUnit: f64): bool {
  if (labelUnit(params) < MIN_LABEL_UNIT || slopeUnit < MIN_SLOPE_UNIT) return false;
  const scale = slopeUnit * params.scale;
  return scale <= MAX_SCALE && (params.scale == 0 || scale >= MIN_SCALE);
}
