import { addHardRows } from './add-hard-rows';
import { evaluateLabelled } from './evaluate-labelled';
import { addCounts, loadHardRow, OUT_OF_RANGE, SOFT } from './hard-rows';
import { KernelParams } from './kernel-params';
import { TILE, usesFloat32FastPath } from './negatives';
import { isOutOfRange } from './out-of-range';
import { countNegatives, pairAt } from './sums';

/**
 * Evaluates outer slices with vector lanes along the samples of one class. It serves layouts whose class axis is not the
 * last one, and batches of one class.
 *
 * @returns false if there is a soft label
 */
export function alongSamples(params: KernelParams, from: u32, to: u32): bool {
  const fastPath = usesFloat32FastPath(params, (to - from) * params.inner);
  // With one class, all slices are contiguous.
  const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
  let areHard = true;
  for (let sample = from * params.inner; areHard && sample < to * params.inner; sample += run) {
    for (let c: u32 = 0; areHard && c < params.classes; c++) {
      const element = sample * params.classes + c * run;
      for (let i: u32 = 0; areHard && i < run; i += TILE) {
        areHard = evaluateTile(params, element + i, sample + i, min(TILE, run - i), c, fastPath);
      }
      countNegatives(pairAt(params, c), (run + 1) >> 1);
      if (fastPath && params.allSums) addCounts(params, c, min(TILE, run) >> 1);
    }
  }
  return areHard;
}

/** Evaluates up to TILE samples of class c. */
function evaluateTile(params: KernelParams, element: u32, sample: u32, count: u32, c: u32, fastPath: bool): bool {
  const vectors = fastPath ? count & ~3 : 0;
  if (vectors) {
    const at = params.predictions + (usize(element) << 2);
    const labelsAt = params.labels + (usize(params.dense ? element : sample) << 2);
    const found = loadHardRow(params, at, labelsAt, 0, vectors, c);
    if (found == SOFT) return false;
    addHardRows(params, element, sample, 1, c, vectors >> 1);
    for (let i: u32 = 0; found == OUT_OF_RANGE && i < vectors; i += 4) {
      if (isOutOfRange(v128.load(params.predictions + (usize(element + i) << 2)))) evaluateLabelled(params, element + i, sample + i, 4, c);
    }
  }
  return evaluateLabelled(params, element + vectors, sample + vectors, count - vectors, c);
}
