import { addHardRows } from './add-hard-rows';
import { addSoftRows } from './add-soft-rows';
import { addCounts, ROWS_PER_BLOCK, loadFloat32Row, OUT_OF_RANGE, SOFT } from './float32-rows';
import { KernelParams } from '../kernel-params';
import { usesFloat32FastPath } from './negatives';
import { oneHotTile } from './one-hot';
import { isOutOfRange } from './out-of-range';
import { trainingBlock } from './training-block';
import { TRAINING_ROWS } from './training-rows';
import { evaluateRemaining } from './remaining';
import { pairAt, uncountNegatives } from '../sums';

/**
 * Evaluates a tile of classes for samples, with vector lanes along the classes.
 *
 * @param soft whether labels may be soft
 * @param limit that of `trainingBlock`
 * @returns false if there is a soft label where none may be
 */
export function float32Tile(
  params: KernelParams,
  from: u32,
  to: u32,
  firstClass: u32,
  classes: u32,
  soft: bool,
  limit: f32,
): bool {
  const fastClasses = usesFloat32FastPath(params, to - from) ? classes & ~3 : 0;
  let areHard = true;
  for (let sample = from; areHard && sample < to; sample += TRAINING_ROWS) {
    const rows = min(TRAINING_ROWS, to - sample);
    const element = sample * params.classes + firstClass;
    if (limit > 0 && trainingBlock(params, element, sample, rows, firstClass, fastClasses, soft, limit)) {
      areHard = evaluateRemainingClasses(params, sample, rows, firstClass, classes, fastClasses, soft);
      continue;
    }
    if (limit > 0 && !soft && !params.dense) {
      const ignored = rows - oneHotTile(params, sample, sample + rows, firstClass, classes);
      for (let i: u32 = 0; ignored && i < (classes + 1) >> 1; i++) uncountNegatives(pairAt(params, (firstClass >> 1) + i), ignored);
      continue;
    }
    for (let row: u32 = 0; areHard && row < rows; row += ROWS_PER_BLOCK) {
      const count = min(ROWS_PER_BLOCK, rows - row);
      areHard = evaluateBlock(params, sample + row, count, firstClass, classes, fastClasses, soft);
    }
  }
  if (fastClasses && params.allSums) addCounts(params, firstClass >> 1, fastClasses >> 1);
  return areHard;
}

function evaluateBlock(
  params: KernelParams,
  sample: u32,
  rows: u32,
  firstClass: u32,
  classes: u32,
  fastClasses: u32,
  soft: bool,
): bool {
  const firstElement = sample * params.classes + firstClass;
  let outOfRange: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(firstElement + row * params.classes) << 2;
    const labelsAt = params.labels + (params.dense ? offset : usize(sample + row) << 2);
    const found = loadFloat32Row(params, params.predictions + offset, labelsAt, row, fastClasses, firstClass, soft);
    if (found == SOFT) return false;
    if (found == OUT_OF_RANGE) outOfRange |= 1 << row;
  }
  if (soft) addSoftRows(params, firstElement, sample, rows, firstClass >> 1, fastClasses >> 1);
  else addHardRows(params, firstElement, sample, rows, firstClass >> 1, fastClasses >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * params.classes;
    if ((outOfRange >> row) & 1) {
      for (let i: u32 = 0; i < fastClasses; i += 4) {
        if (!isOutOfRange(v128.load(params.predictions + (usize(element + i) << 2)))) continue;
        evaluateRemaining(params, element + i, sample + row, 4, firstClass + i, soft);
      }
    }
  }
  return evaluateRemainingClasses(params, sample, rows, firstClass, classes, fastClasses, soft);
}

/** Evaluates the classes after the fast ones. */
function evaluateRemainingClasses(
  params: KernelParams,
  sample: u32,
  rows: u32,
  firstClass: u32,
  classes: u32,
  fastClasses: u32,
  soft: bool,
): bool {
  const first = firstClass + fastClasses;
  const count = classes - fastClasses;
  if (count == 0) return true;
  for (let row: u32 = 0; row < rows; row++) {
    const element = (sample + row) * params.classes + first;
    if (!evaluateRemaining(params, element, sample + row, count, first, soft)) return false;
  }
  return true;
}
