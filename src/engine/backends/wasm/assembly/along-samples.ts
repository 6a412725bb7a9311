import { KernelParams } from './kernel-params';
import { evaluateLabelled } from './evaluate-labelled';
import { addNegatives, addPredicted, usesFloat32FastPath, maskFour, loadRow, TILE } from './negatives';
import { hasRemaining, isSparse } from './remaining';
import { countNegatives, pairAt } from './sums';

/**
 * Evaluates outer slices with vector lanes along the samples of one class. It serves layouts whose class axis is not the
 * last one, and batches of one class.
 *
 * @returns false if there is a soft label
 */
export function alongSamples(params: KernelParams, from: u32, to: u32): bool {
  const fastPath = usesFloat32FastPath(params);
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
      if (fastPath && params.allSums) addPredicted(params, c, (min(TILE, run) & ~3) >> 1);
    }
  }
  return areHard;
}

/**
 * Evaluates up to TILE samples of class c. If most of them are negative, these are evaluated first, and vectors with any
 * other label are masked and evaluated afterwards.
 */
function evaluateTile(params: KernelParams, element: u32, sample: u32, count: u32, c: u32, fastPath: bool): bool {
  const pair = pairAt(params, c);
  const vectors = count & ~3;
  if (!fastPath || !isSparse(params, element, sample, vectors, c)) {
    return evaluateLabelled(params, element, sample, count, c, pair, 0);
  }

  const at = params.predictions + (usize(element) << 2);
  const outOfRange = loadRow(params, at, 0, vectors);
  for (let i: u32 = 0; i < vectors; i += 4) {
    if (hasRemaining(params, element + i, sample + i, c, outOfRange)) maskFour(params, at, 0, i);
  }
  addNegatives(params, element, sample, 1, c, vectors >> 1);
  for (let i: u32 = 0; i < vectors; i += 4) {
    if (!hasRemaining(params, element + i, sample + i, c, outOfRange)) continue;
    if (!evaluateLabelled(params, element + i, sample + i, 4, c, pair, 0)) return false;
  }
  return evaluateLabelled(params, element + vectors, sample + vectors, count - vectors, c, pair, 0);
}
