import { clearBins } from '../bins';
import { evaluateBlock } from './evaluate-block';
import { KernelParams } from '../kernel-params';
import { float32Limit, servesSoft } from './float32-limit';
import { BLOCK, loadClasses, loadSamples, TILE } from './records';
import { evaluateSlices } from './sigmoid';
import { startPairSums } from '../sums';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSigmoid(params: KernelParams, from: u32, to: u32): void {
  startPairSums(params);
  if (params.bins) clearBins(params);
  const limit = servesSoft(params) ? float32Limit(params, from * params.inner, to * params.inner, true) : -1;
  if (limit > 0) {
    evaluateSlices(params, from, to, true, limit);
    return;
  }
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
