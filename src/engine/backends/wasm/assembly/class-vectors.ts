import { IGNORED, Job } from './job';

// Two classes of a sample, the last alone if their number is odd.

/** Class c and the next of a tensor, as float64; 0 where there is no next. */
@inline
export function loadClasses(job: Job, tensor: usize, element: u32, c: u32): v128 {
  const at = tensor + (usize(element + c * job.inner) << 2);
  if (c + 1 == job.classes) return f64x2.promote_low_f32x4(v128.load32_zero(at));
  if (job.inner == 1) return f64x2.promote_low_f32x4(v128.load64_zero(at));
  return f64x2.promote_low_f32x4(v128.load32_lane(at + (usize(job.inner) << 2), v128.load32_zero(at), 1));
}

@inline
export function storeClasses(job: Job, tensor: usize, element: u32, c: u32, values: v128): void {
  const at = tensor + (usize(element + c * job.inner) << 2);
  const rounded = f32x4.demote_f64x2_zero(values);
  const whole = c + 1 < job.classes;
  if (whole && job.inner == 1) {
    v128.store64_lane(at, rounded, 0);
    return;
  }
  v128.store32_lane(at, rounded, 0);
  if (whole) v128.store32_lane(at + (usize(job.inner) << 2), rounded, 1);
}

/** The labels of class c and the next, before smoothing. IGNORED also where there is no next. */
@inline
export function labelsOfClasses(job: Job, element: u32, sample: u32, c: u32): v128 {
  const labels = job.dense
    ? loadClasses(job, job.labels, element, c)
    : v128.and(f64x2.splat(1), isClass(c, load<i32>(job.labels + (usize(sample) << 2))));
  return c + 1 == job.classes ? f64x2.replace_lane(labels, 1, IGNORED) : labels;
}

/** Which of class c and the next is `wanted`, as a mask. */
@inline
export function isClass(c: u32, wanted: u32): v128 {
  return i64x2.eq(i64x2.splat(i64(wanted) - i64(c)), i64x2(0, 1));
}

/** Smoothed labels; 0 where there is none. */
@inline
export function smoothed(job: Job, labels: v128, active: v128): v128 {
  const y = f64x2.add(f64x2.mul(labels, f64x2.splat(job.keptLabel)), f64x2.splat(job.addedLabel));
  return v128.and(active, y);
}
