import { Job } from './job';
import { labelled } from './labelled';
import { addNegatives, addPredicted, BLOCK, isQuick, leaveFourOut, takeRow } from './negatives';
import { hasOther, isSparse } from './others';
import { PAIR_SIZE, pairAt } from './sums';

/**
 * A tile's classes of samples with dense labels. Where most of them are 0, as a detector's are, those are evaluated as
 * negatives first, and the vectors with another one are left out and evaluated with their labels.
 *
 * @returns false if there is a soft label
 */
export function multiHotTile(job: Job, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const quick = isQuick(job) ? classes & ~3 : 0;
  let sample = from;
  let areHard = true;
  while (areHard && sample < to) {
    const element = sample * job.classes + firstClass;
    let rows: u32 = 0;
    while (rows < BLOCK && sample + rows < to && isSparse(job, element + rows * job.classes, 0, quick, 0)) rows += 1;
    areHard = rows
      ? block(job, sample, rows, firstClass, classes, quick)
      : labelled(job, element, sample, classes, 0, pairAt(job, firstClass >> 1), PAIR_SIZE);
    sample += max(1, rows);
  }
  if (quick && job.allSums) addPredicted(job, firstClass >> 1, quick >> 1);
  return areHard;
}

function block(job: Job, sample: u32, rows: u32, firstClass: u32, classes: u32, quick: u32): bool {
  const firstPair = firstClass >> 1;
  const firstElement = sample * job.classes + firstClass;
  let extreme: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * job.classes;
    const at = job.predictions + (usize(element) << 2);
    const isRowExtreme = takeRow(job, at, row, quick);
    extreme |= u32(isRowExtreme) << row;
    for (let i: u32 = 0; i < quick; i += 4) {
      if (hasOther(job, element + i, 0, 0, isRowExtreme)) leaveFourOut(job, at, row, i);
    }
  }
  addNegatives(job, firstElement, sample, rows, firstPair, quick >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const element = firstElement + row * job.classes;
    const isRowExtreme = ((extreme >> row) & 1) != 0;
    for (let i: u32 = 0; i < quick; i += 4) {
      if (!hasOther(job, element + i, 0, 0, isRowExtreme)) continue;
      if (!labelled(job, element + i, sample + row, 4, 0, pairAt(job, firstPair + (i >> 1)), PAIR_SIZE)) return false;
    }
    const pair = pairAt(job, firstPair + (quick >> 1));
    if (!labelled(job, element + quick, sample + row, classes - quick, 0, pair, PAIR_SIZE)) return false;
  }
  return true;
}
