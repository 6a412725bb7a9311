import { evaluateGeneralRow } from './general-row';
import { IGNORED, Job } from './job';
import { evaluateProbabilities } from './probability-row';
import { clearRow } from './softmax';

/** Evaluates the outer slices from `from` up to `to`, with whatever labels, from logits or probabilities. */
export function generalSoftmax(job: Job, from: u32, to: u32): void {
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < job.inner; i++) {
      const sample = outer * job.inner + i;
      const element = outer * job.classes * job.inner + i;
      if (isIgnored(job, element, sample)) clearRow(job, element, sample);
      else if (job.probabilities) evaluateProbabilities(job, element, sample);
      else evaluateGeneralRow(job, element, sample);
    }
  }
}

/** Of dense labels, all have to be. */
function isIgnored(job: Job, element: u32, sample: u32): bool {
  if (!job.dense) return load<i32>(job.labels + (usize(sample) << 2)) == IGNORED;
  let at = job.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < job.classes; c++, at += usize(job.inner) << 2) {
    if (load<f32>(at) != f32(IGNORED)) return false;
  }
  return true;
}
