import { IGNORED, Job } from './job';
import { LARGEST } from './softplus';

// What lies between the negatives of a run of elements. With dense labels the class does not matter.

/** Whether it pays to leave out the elements of class c that are not negative: of at most an eighth of the vectors. */
export function isSparse(job: Job, element: u32, sample: u32, count: u32, c: u32): bool {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const at = labelsAt(job, element + i, sample + i);
    others += v128.any_true(notNegative(job, v128.load(at), c)) ? 1 : 0;
  }
  return others << 5 < count;
}

/** Whether one of two elements is not negative, or is beyond what float32 can do. */
@inline
export function isOther(job: Job, element: u32, sample: u32, c: u32, mayBeExtreme: bool): bool {
  // Both twice, so that no lane is of anything else.
  const labels = v128.load64_splat(labelsAt(job, element, sample));
  if (v128.any_true(notNegative(job, labels, c))) return true;
  return mayBeExtreme && isExtreme(job.predictions + (usize(element) << 2));
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
  return v128.any_true(f32x4.gt(f32x4.abs(v128.load64_zero(at)), f32x4.splat(LARGEST)));
}
