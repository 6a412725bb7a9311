import { IGNORED, KernelParams } from './kernel-params';

// Vectors of two classes of one sample. If the number of classes is odd, the last vector has only one.

/** Loads classes c and c + 1 of a float32 tensor as float64; a class past the end reads as 0. */
@inline
export function loadClasses(params: KernelParams, tensor: usize, element: u32, c: u32): v128 {
  const at = tensor + (usize(element + c * params.inner) << 2);
  if (c + 1 == params.classes) return f64x2.promote_low_f32x4(v128.load32_zero(at));
  if (params.inner == 1) return f64x2.promote_low_f32x4(v128.load64_zero(at));
  return f64x2.promote_low_f32x4(v128.load32_lane(at + (usize(params.inner) << 2), v128.load32_zero(at), 1));
}

/** Stores classes c and c + 1 as float32; a class past the end is not written. */
@inline
export function storeClasses(params: KernelParams, tensor: usize, element: u32, c: u32, values: v128): void {
  const at = tensor + (usize(element + c * params.inner) << 2);
  const rounded = f32x4.demote_f64x2_zero(values);
  const whole = c + 1 < params.classes;
  if (whole && params.inner == 1) {
    v128.store64_lane(at, rounded, 0);
    return;
  }
  v128.store32_lane(at, rounded, 0);
  if (whole) v128.store32_lane(at + (usize(params.inner) << 2), rounded, 1);
}

/** The labels of classes c and c + 1, before smoothing; a class past the end reads as IGNORED. */
@inline
export function labelsOfClasses(params: KernelParams, element: u32, sample: u32, c: u32): v128 {
  const labels = params.dense
    ? loadClasses(params, params.labels, element, c)
    : v128.and(f64x2.splat(1), isClass(c, load<i32>(params.labels + (usize(sample) << 2))));
  return c + 1 == params.classes ? f64x2.replace_lane(labels, 1, IGNORED) : labels;
}

/** A mask of the lane, class c or c + 1, that equals `target`. */
@inline
export function isClass(c: u32, target: u32): v128 {
  return i64x2.eq(i64x2.splat(i64(target) - i64(c)), i64x2(0, 1));
}

/** Smoothed labels, 0 in lanes that are not active. */
@inline
export function smoothed(params: KernelParams, labels: v128, active: v128): v128 {
  const y = f64x2.add(f64x2.mul(labels, f64x2.splat(params.keptLabel)), f64x2.splat(params.addedLabel));
  return v128.and(active, y);
}
