import { evaluateRecords } from './evaluate-records';
import { evaluateGeneralPair } from './general-pair';
import { KernelParams } from './kernel-params';
import { addRecords } from './labelled-sums';
import { BLOCK, TILE } from './negatives';
import { loadClasses, loadSamples, Record, RECORD_SIZE, recordsOf } from './records';
import { ClassPair, PAIR_SIZE, pairAt } from './sums';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSigmoid(params: KernelParams, from: u32, to: u32): void {
  if (params.lanesAreSamples) {
    // With one class, all slices are contiguous.
    const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
    for (let sample = from * params.inner; sample < to * params.inner; sample += run) {
      for (let c: u32 = 0; c < params.classes; c++) {
        const element = sample * params.classes + c * run;
        for (let i: u32 = 0; i < run; i += TILE) {
          const count = min(TILE, run - i);
          loadSamples(params, element + i, sample + i, count, c);
          evaluateBlock(params, element + i, 1, c, count);
        }
      }
    }
    return;
  }
  for (let firstClass: u32 = 0; firstClass < params.classes; firstClass += TILE) {
    const count = min(TILE, params.classes - firstClass);
    for (let sample = from; sample < to; sample += BLOCK) {
      const rows = min(BLOCK, to - sample);
      for (let row: u32 = 0; row < rows; row++) loadClasses(params, sample + row, firstClass, count, row);
      evaluateBlock(params, sample * params.classes + firstClass, rows, firstClass >> 1, count);
    }
  }
}

/** Evaluates prepared elements; the parameters are those of `addRecords`. */
function evaluateBlock(params: KernelParams, element: u32, rows: u32, firstPair: u32, count: u32): void {
  const pairStep: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  if (!params.probabilities && !params.hessian) {
    for (let row: u32 = 0; row < rows; row++) {
      const record = recordsOf(params, row);
      evaluateRecords(params, record, (count + 1) >> 1, pairAt(params, firstPair), pairStep);
    }
    addRecords(params, element, rows, firstPair, count);
    return;
  }
  for (let row: u32 = 0; row < rows; row++) {
    let record = recordsOf(params, row);
    let options = changetype<usize>(pairAt(params, firstPair));
    let at = usize(element + row * params.classes) << 2;
    for (let i: u32 = 0; i < count; i += 2, record += RECORD_SIZE, options += pairStep, at += 8) {
      evaluateGeneralPair(params, at, changetype<Record>(record), changetype<ClassPair>(options), i + 1 == count);
    }
  }
}
