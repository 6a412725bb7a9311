import { addHardRows } from './add-hard-rows';
import { addSoftRows } from './add-soft-rows';
import { addCounts, loadFloat32Row, OUT_OF_RANGE, SOFT } from './float32-rows';
import { KernelParams } from '../kernel-params';
import { TILE, usesFloat32FastPath } from './negatives';
import { isOutOfRange } from './out-of-range';
import { trainingBlock, trainingLimit } from './training-block';
import { evaluateRemaining } from './remaining';
import { countNegatives, pairAt } from '../sums';

/**
 * Evaluates outer slices with vector lanes along the samples of one class. It serves layouts whose class axis is not the
 * last one, and batches of one class.
 *
 * @param soft whether labels may be soft
 * @returns false if there is a soft label where none may be
 */
export function alongSamples(params: KernelParams, from: u32, to: u32, soft: bool): bool {
  const fastPath = usesFloat32FastPath(params, (to - from) * params.inner);
  // With one class, all slices are contiguous.
  const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
  let areHard = true;
  for (let sample = from * params.inner; areHard && sample < to * params.inner; sample += run) {
    for (let c: u32 = 0; areHard && c < params.classes; c++) {
      const element = sample * params.classes + c * run;
      const limit = trainingLimit(params, (to - from) * params.inner, c, 1);
      for (let i: u32 = 0; areHard && i < run; i += TILE) {
        areHard = evaluateTile(params, element + i, sample + i, min(TILE, run - i), c, fastPath, soft, limit);
      }
      countNegatives(pairAt(params, c), (run + 1) >> 1);
      if (fastPath && params.allSums) addCounts(params, c, min(TILE, run) >> 1);
    }
  }
  return areHard;
}

/** Evaluates up to TILE samples of class c. */
function evaluateTile(
  params: KernelParams,
  element: u32,
  sample: u32,
  count: u32,
  c: u32,
  fastPath: bool,
  soft: bool,
  limit: f32,
): bool {
  const vectors = fastPath ? count & ~3 : 0;
  if (limit > 0 && vectors && trainingBlock(params, element, sample, 1, c, vectors, soft, limit)) {
    return evaluateRemaining(params, element + vectors, sample + vectors, count - vectors, c, soft);
  }
  if (vectors) {
    const at = params.predictions + (usize(element) << 2);
    const labelsAt = params.labels + (usize(params.dense ? element : sample) << 2);
    const found = loadFloat32Row(params, at, labelsAt, 0, vectors, c, soft);
    if (found == SOFT) return false;
    if (soft) addSoftRows(params, element, sample, 1, c, vectors >> 1);
    else addHardRows(params, element, sample, 1, c, vectors >> 1);
    for (let i: u32 = 0; found == OUT_OF_RANGE && i < vectors; i += 4) {
      if (!isOutOfRange(v128.load(at + (usize(i) << 2)))) continue;
      evaluateRemaining(params, element + i, sample + i, 4, c, soft);
    }
  }
  return evaluateRemaining(params, element + vectors, sample + vectors, count - vectors, c, soft);
}
