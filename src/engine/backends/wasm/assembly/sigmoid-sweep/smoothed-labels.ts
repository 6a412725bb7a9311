import { SweepParams } from './sweep-params';

/** The first two of four labels, in float64 and smoothed. */
@inline
export function smoothedLabels(params: SweepParams, labels: v128): v128 {
  const label = f64x2.promote_low_f32x4(labels);
  return f64x2.add(f64x2.mul(label, f64x2.splat(params.keptLabel)), f64x2.splat(params.addedLabel));
}
