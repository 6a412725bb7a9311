import { KernelParams } from './kernel-params';
import { evaluateLabelled } from './evaluate-labelled';
import { addNegatives, addPredicted, BLOCK, usesFloat32FastPath, maskFour, loadRow } from './negatives';
import { hasRemaining, isSparse } from './remaining';
import { PAIR_SIZE, pairAt } from './sums';

/**
 * Evaluates a tile of classes for samples with dense labels. If most labels are 0, as a detector's are, the elements are
 * evaluated as negatives first; vectors with any other label are masked and evaluated afterwards.
 *
 * @returns false if there is a soft label
 */
export function multiHotTile(params: KernelParams, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const fastClasses = usesFloat32FastPath(params) ? classes & ~3 : 0;
  let sample = from;
  let areHard = true;
  while (areHard && sample < to) {
    const element = sample * params.classes + firstClass;
    let rows: u32 = 0;
    while (
      rows < BLOCK &&
      sample + rows < to &&
      isSparse(params, element + rows * params.classes, 0, fastClasses, 0)
    ) {
      rows += 1;
    }
    areHard = rows
      ? evaluateBlock(params, sample, rows, firstClass, classes, fastClasses)
      : evaluateLabelled(params, element, sample, classes, 0, pairAt(params, firstClass >> 1), PAIR_SIZE);
    sample += max(1, rows);
  }
  if (fastClasses && params.allSums) addPredicted(params, firstClass >> 1, fastClasses >> 1);
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
    const element = firstElement + row * params.classes;
    const at = params.predictions + (usize(element) << 2);
    const isRowOutOfRange = loadRow(params, at, row, fastClasses);
    outOfRange |= u32(isRowOutOfRange) << row;
    for (let i: u32 = 0; i < fastClasses; i += 4) {
      if (hasRemaining(params, element + i, 0, 0, isRowOutOfRange)) maskFour(params, at, row, i);
    }
  }
  addNegatives(params, firstElement, sample, rows, firstPair, fastClasses >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * params.classes;
    const isRowOutOfRange = ((outOfRange >> row) & 1) != 0;
    for (let i: u32 = 0; i < fastClasses; i += 4) {
      if (!hasRemaining(params, element + i, 0, 0, isRowOutOfRange)) continue;
      if (
        !evaluateLabelled(params, element + i, sample + row, 4, 0, pairAt(params, firstPair + (i >> 1)), PAIR_SIZE)
      ) {
        return false;
      }
    }
    const pair = pairAt(params, firstPair + (fastClasses >> 1));
    if (
      !evaluateLabelled(params, element + fastClasses, sample + row, classes - fastClasses, 0, pair, PAIR_SIZE)
    ) {
      return false;
    }
  }
  return true;
}
