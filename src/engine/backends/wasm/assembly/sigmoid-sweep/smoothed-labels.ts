import { SweepParams } from './sweep-params';
import { smoothedComplement, smoothedLabel } from '../sigmoid/smoothed-label';

/** The first two of four labels, in float64 and smoothed. */
@inline
export function smoothedLabels(params: SweepParams, labels: v128): v128 {
  const label = f64x2.promote_low_f32x4(labels);
  return smoothedLabel(label, f64x2.splat(params.keptLabel), f64x2.splat(params.addedLabel));
}

/** 1 − y of each. */
@inline
export function smoothedComplements(params: SweepParams, labels: v128): v128 {
  const label = f64x2.promote_low_f32x4(labels);
  return smoothedComplement(label, f64x2.splat(params.keptLabel), f64x2.splat(params.addedLabel));
}
