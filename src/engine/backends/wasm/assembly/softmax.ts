import { IGNORED, Job } from './job';
import { evaluateRow } from './softmax-row';
import { countNegatives, pairAt } from './sums';

/** What `trueClass` finds where there is not one label of 1 among 0s. */
const SOFT: i32 = -3;

/**
 * Evaluates the outer slices from `from` up to `to`.
 *
 * @returns false if there is a sample whose labels are not one-hot, which is not for this kernel; what it has written
 *   then means nothing
 */
export function softmax(job: Job, from: u32, to: u32): bool {
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < job.inner; i++) {
      const sample = outer * job.inner + i;
      const element = outer * job.classes * job.inner + i;
      const label = job.dense ? trueClass(job, element) : load<i32>(job.labels + (usize(sample) << 2));
      if (label == SOFT) return false;
      if (label == IGNORED) {
        clearRow(job, element, sample);
      } else {
        evaluateRow(job, element, sample, label);
        samples += 1;
      }
    }
  }
  for (let i: u32 = 0; i < (job.classes + 1) >> 1; i++) countNegatives(pairAt(job, i), samples);
  return true;
}

function trueClass(job: Job, element: u32): i32 {
  let found: i32 = IGNORED;
  let ignored: u32 = 0;
  let at = job.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < job.classes; c++, at += usize(job.inner) << 2) {
    const y = load<f32>(at);
    if (y == 0) continue;
    if (y == f32(IGNORED)) ignored += 1;
    else if (y == 1 && found == IGNORED) found = c;
    else return SOFT;
  }
  if (ignored == job.classes) return IGNORED;
  return ignored == 0 && found != IGNORED ? found : SOFT;
}

export function clearRow(job: Job, element: u32, sample: u32): void {
  if (job.elementwise) store<f32>(job.elementwise + (usize(sample) << 2), 0);
  for (let c: u32 = 0; c < job.classes; c++) {
    const at = usize(element + c * job.inner) << 2;
    if (job.gradients) store<f32>(job.gradients + at, 0);
    if (job.hessian) store<f32>(job.hessian + at, 0);
  }
}
