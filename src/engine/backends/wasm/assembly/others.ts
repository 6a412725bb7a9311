import { IGNORED, Job } from './job';
import { LARGEST } from './softplus';

// What lies between the negatives of a run of elements. With dense labels the class does not matter.

/** Whether it pays to leave out the elements of class c that are not negative: those of less than a quarter of the vectors. */
export function isSparse(job: Job, element: u32, sample: u32, count: u32, c: u32): bool {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const labels = v128.load(labelsAt(job, element + i, sample + i));
    if (!v128.any_true(notNegative(job, labels, c))) continue;
    others += 1;
    if (others << 4 >= count) return false;
  }
  return count > 0;
}

/** Whether one of four elements is not negative, or is beyond what float32 can do. */
@inline
export function hasOther(job: Job, element: u32, sample: u32, c: u32, mayBeExtreme: bool): bool {
  if (v128.any_true(notNegative(job, v128.load(labelsAt(job, element, sample)), c))) return true;
  return mayBeExtreme && v128.any_true(beyond(v128.load(job.predictions + (usize(element) << 2))));
}

@inline
function labelsAt(job: Job, element: u32, sample: u32): usize {
  return job.labels + (usize(job.dense ? element : sample) << 2);
}

/** A mask of float32 labels that are not 0, or of class indices that are c or ignored. */
@inline
function notNegative(job: Job, labels: v128, c: u32): v128 {
  if (job.dense) return labels;
  return v128.or(i32x4.eq(labels, i32x4.splat(c)), i32x4.eq(labels, i32x4.splat(IGNORED)));
}

/** Whether one of two logits is beyond what float32 can do. */
@inline
export function isExtreme(at: usize): bool {
  return v128.any_true(beyond(v128.load64_zero(at)));
}

@inline
function beyond(x: v128): v128 {
  return f32x4.gt(f32x4.abs(x), f32x4.splat(LARGEST));
}
