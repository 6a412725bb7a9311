import { addEvaluations } from './add-evaluations';
import { addSoftEvaluations } from './add-soft-evaluations';
import { loadSoftRecords } from './load-soft-records';
import { loadVectors } from './load-vectors';
import { prepareRecords } from './prepare-records';
import { VECTORS } from './records';
import { HARD, SweepParams, sumsSize } from './sweep-params';

/**
 * Evaluates the outer slices in [from, to) with many γ at once, for logits: what does not depend on γ is computed
 * once. The host applies α, which is a factor of the sums, or of two parts of each if labels are soft.
 *
 * @param sums where to add the sums, one after another: of each four classes; or of each class, if lanes are samples
 */
export function sigmoidSweep(params: SweepParams, from: u32, to: u32, sums: usize): void {
  if (params.lanesAreSamples) alongSamples(params, from, to, sums);
  else alongClasses(params, from, to, sums);
}

function alongClasses(params: SweepParams, from: u32, to: u32, sums: usize): void {
  const size = sumsSize(params);
  const step = usize(params.classes) << 2;
  for (let sample = from; sample < to; sample += VECTORS) {
    const vectors = min(VECTORS, to - sample);
    const at = usize(sample) * step;
    let sumsOfClasses = sums;
    for (let c: u32 = 0; c < params.classes; c += 4, sumsOfClasses += size) {
      const lanes = min(4, params.classes - c);
      evaluate(params, at + (usize(c) << 2), step, usize(sample) << 2, 4, vectors, lanes, c, sumsOfClasses);
    }
  }
}

function alongSamples(params: SweepParams, from: u32, to: u32, sums: usize): void {
  const size = sumsSize(params);
  // With one class, all slices are contiguous.
  const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
  for (let sample = from * params.inner; sample < to * params.inner; sample += run) {
    for (let c: u32 = 0; c < params.classes; c++) {
      const element = sample * params.classes + c * run;
      const sumsOfClass = sums + usize(c) * size;
      let i: u32 = 0;
      while (i < run) {
        const vectors = min(VECTORS, (run - i) >> 2);
        const lanes: u32 = vectors ? 4 : run - i;
        const count = max(vectors, 1);
        evaluate(params, usize(element + i) << 2, 16, usize(sample + i) << 2, 16, count, lanes, c, sumsOfClass);
        i += count * lanes;
      }
    }
  }
}

@inline
function evaluate(
  params: SweepParams,
  at: usize,
  step: usize,
  sampleAt: usize,
  sampleStep: usize,
  vectors: u32,
  lanes: u32,
  c: u32,
  sums: usize,
): void {
  if (params.form != HARD) {
    const positives = loadSoftRecords(params, at, step, sampleAt, sampleStep, vectors, lanes, c, sums);
    addSoftEvaluations(params, vectors, positives, sums);
    return;
  }
  loadVectors(params, at, step, sampleAt, sampleStep, vectors, lanes, c, sums);
  addEvaluations(params, vectors, prepareRecords(params, vectors, sums), sums);
}
