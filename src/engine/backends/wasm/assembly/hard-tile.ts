import { addHardRows } from './add-hard-rows';
import { evaluateLabelled } from './evaluate-labelled';
import { addCounts, HARD_BLOCK, loadHardRow, OUT_OF_RANGE, SOFT } from './hard-rows';
import { KernelParams } from './kernel-params';
import { usesFloat32FastPath } from './negatives';
import { isOutOfRange } from './out-of-range';

/**
 * Evaluates a tile of classes for samples with hard labels of either kind, with vector lanes along the classes.
 *
 * @returns false if there is a soft label
 */
export function hardTile(params: KernelParams, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const fastClasses = usesFloat32FastPath(params, to - from) ? classes & ~3 : 0;
  let areHard = true;
  for (let sample = from; areHard && sample < to; sample += HARD_BLOCK) {
    areHard = evaluateBlock(params, sample, min(HARD_BLOCK, to - sample), firstClass, classes, fastClasses);
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
): bool {
  const firstElement = sample * params.classes + firstClass;
  let outOfRange: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(firstElement + row * params.classes) << 2;
    const labelsAt = params.labels + (params.dense ? offset : usize(sample + row) << 2);
    const found = loadHardRow(params, params.predictions + offset, labelsAt, row, fastClasses, firstClass);
    if (found == SOFT) return false;
    if (found == OUT_OF_RANGE) outOfRange |= 1 << row;
  }
  addHardRows(params, firstElement, sample, rows, firstClass >> 1, fastClasses >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * params.classes;
    if ((outOfRange >> row) & 1) {
      for (let i: u32 = 0; i < fastClasses; i += 4) {
        if (!isOutOfRange(v128.load(params.predictions + (usize(element + i) << 2)))) continue;
        evaluateLabelled(params, element + i, sample + row, 4, firstClass + i);
      }
    }
    const remaining = classes - fastClasses;
    if (!evaluateLabelled(params, element + fastClasses, sample + row, remaining, firstClass + fastClasses)) return false;
  }
  return true;
}
