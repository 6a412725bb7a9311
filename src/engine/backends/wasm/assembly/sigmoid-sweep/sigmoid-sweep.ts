import { addEvaluations } from './add-evaluations';
import { addSoftEvaluations } from './add-soft-evaluations';
import { addTermwiseEvaluations } from './add-termwise-evaluations';
import { loadSoftRecords } from './load-soft-records';
import { loadVectors } from './load-vectors';
import { evaluateNegativeRun } from './negative-run';
import { addPositives, makeSpaceForPositives } from './positive-elements';
import { prepareRecords } from './prepare-records';
import { VECTORS } from './records';
import { HARD, SweepParams, sumsSize } from './sweep-params';
import { TERMWISE } from '../kernel-params';

/**
 * Evaluates the outer slices in [from, to) with many γ at once: what does not depend on γ is computed
 * once. The host applies α, which is a factor of the sums, or of two parts of each if labels are soft; of termwise ones, only of the
 * losses.
 *
 * @param sums where to add the sums, one after another: of each four classes; or of each class, if lanes are samples
 */
export function sigmoidSweep(params: SweepParams, from: u32, to: u32, sums: usize): void {
  params.run.positives = 0;
  if (params.lanesAreSamples) alongSamples(params, from, to, sums);
  else alongClasses(params, from, to, sums);
  addPositives(params, params.run);
}

function alongClasses(params: SweepParams, from: u32, to: u32, sums: usize): void {
  const run = params.run;
  const size = sumsSize(params);
  const step = usize(params.classes) << 2;
  run.step = step;
  run.sampleStep = 4;
  for (let sample = from; sample < to; sample += VECTORS) {
    run.vectors = min(VECTORS, to - sample);
    run.sampleAt = usize(sample) << 2;
    run.sums = sums;
    for (let c: u32 = 0; c < params.classes; c += 4, run.sums += size) {
      run.at = usize(sample) * step + (usize(c) << 2);
      run.lanes = min(4, params.classes - c);
      run.firstClass = c;
      evaluate(params);
    }
  }
}

function alongSamples(params: SweepParams, from: u32, to: u32, sums: usize): void {
  const run = params.run;
  const size = sumsSize(params);
  run.step = 16;
  run.sampleStep = 16;
  // With one class, all slices are contiguous.
  const length = params.classes == 1 ? (to - from) * params.inner : params.inner;
  for (let sample = from * params.inner; sample < to * params.inner; sample += length) {
    for (let c: u32 = 0; c < params.classes; c++) {
      const element = sample * params.classes + c * length;
      run.firstClass = c;
      run.sums = sums + usize(c) * size;
      let i: u32 = 0;
      while (i < length) {
        const vectors = min(VECTORS, (length - i) >> 2);
        run.at = usize(element + i) << 2;
        run.sampleAt = usize(sample + i) << 2;
        run.lanes = vectors ? 4 : length - i;
        run.vectors = max(vectors, 1);
        evaluate(params);
        i += run.vectors * run.lanes;
      }
    }
  }
}

/** Evaluates `params.run`. */
@inline
function evaluate(params: SweepParams): void {
  const run = params.run;
  if (params.form == HARD) {
    makeSpaceForPositives(params, run);
    if (evaluateNegativeRun(params, run)) return;
    loadVectors(params, run);
    addEvaluations(params, run.vectors, prepareRecords(params, run.vectors, run.sums), run.sums);
    return;
  }
  const positives = loadSoftRecords(params, run);
  if (params.form == TERMWISE) addTermwiseEvaluations(params, run);
  else addSoftEvaluations(params, run.vectors, positives, run.sums);
}
