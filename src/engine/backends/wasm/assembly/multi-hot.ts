import { addHardRows } from './add-hard-rows';
import { evaluateLabelled } from './evaluate-labelled';
import { addCounts, loadHardRow, OUT_OF_RANGE, SOFT } from './hard-rows';
import { KernelParams } from './kernel-params';
import { BLOCK, usesFloat32FastPath } from './negatives';
import { isOutOfRange } from './out-of-range';
import { PAIR_SIZE, pairAt } from './sums';

/**
 * Evaluates a tile of classes for samples with dense labels.
 *
 * @returns false if there is a soft label
 */
export function multiHotTile(params: KernelParams, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const fastClasses = usesFloat32FastPath(params, to - from) ? classes & ~3 : 0;
  let areHard = true;
  for (let sample = from; areHard && sample < to; sample += BLOCK) {
    areHard = evaluateBlock(params, sample, min(BLOCK, to - sample), firstClass, classes, fastClasses);
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
  const firstPair = firstClass >> 1;
  const firstElement = sample * params.classes + firstClass;
  let outOfRange: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(firstElement + row * params.classes) << 2;
    const found = loadHardRow(params, params.predictions + offset, params.labels + offset, row, fastClasses, 0);
    if (found == SOFT) return false;
    if (found == OUT_OF_RANGE) outOfRange |= 1 << row;
  }
  addHardRows(params, firstElement, sample, rows, firstPair, fastClasses >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * params.classes;
    if ((outOfRange >> row) & 1) {
      for (let i: u32 = 0; i < fastClasses; i += 4) {
        if (!isOutOfRange(v128.load(params.predictions + (usize(element + i) << 2)))) continue;
        evaluateLabelled(params, element + i, sample + row, 4, 0, pairAt(params, firstPair + (i >> 1)), PAIR_SIZE);
      }
    }
    const pair = pairAt(params, firstPair + (fastClasses >> 1));
    const rest = classes - fastClasses;
    if (!evaluateLabelled(params, element + fastClasses, sample + row, rest, 0, pair, PAIR_SIZE)) return false;
  }
  return true;
}
