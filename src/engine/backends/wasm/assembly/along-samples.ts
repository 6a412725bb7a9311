import { Job } from './job';
import { labelled } from './labelled';
import { addNegatives, addPredicted, isQuick, leaveFourOut, takeRow, TILE } from './negatives';
import { hasOther, isSparse } from './others';
import { countNegatives, pairAt } from './sums';

/**
 * Evaluates outer slices with lanes that are samples of one class: the class axis is not the last, or there is only one
 * class.
 *
 * @returns false if there is a soft label
 */
export function alongSamples(job: Job, from: u32, to: u32): bool {
  const quick = isQuick(job);
  // Without other classes in between, slices are one run.
  const run = job.classes == 1 ? (to - from) * job.inner : job.inner;
  let areHard = true;
  for (let sample = from * job.inner; areHard && sample < to * job.inner; sample += run) {
    for (let c: u32 = 0; areHard && c < job.classes; c++) {
      const element = sample * job.classes + c * run;
      for (let i: u32 = 0; areHard && i < run; i += TILE) {
        areHard = some(job, element + i, sample + i, min(TILE, run - i), c, quick);
      }
      countNegatives(pairAt(job, c), (run + 1) >> 1);
      if (quick && job.allSums) addPredicted(job, c, (min(TILE, run) & ~3) >> 1);
    }
  }
  return areHard;
}

/** Evaluates up to TILE samples of class c; where most are negative, those first, and the vectors with another one apart. */
function some(job: Job, element: u32, sample: u32, count: u32, c: u32, quick: bool): bool {
  const pair = pairAt(job, c);
  const vectors = count & ~3;
  if (!quick || !isSparse(job, element, sample, vectors, c)) return labelled(job, element, sample, count, c, pair, 0);

  const at = job.predictions + (usize(element) << 2);
  const extreme = takeRow(job, at, 0, vectors);
  for (let i: u32 = 0; i < vectors; i += 4) {
    if (hasOther(job, element + i, sample + i, c, extreme)) leaveFourOut(job, at, 0, i);
  }
  addNegatives(job, element, sample, 1, c, vectors >> 1);
  for (let i: u32 = 0; i < vectors; i += 4) {
    if (!hasOther(job, element + i, sample + i, c, extreme)) continue;
    if (!labelled(job, element + i, sample + i, 4, c, pair, 0)) return false;
  }
  return labelled(job, element + vectors, sample + vectors, count - vectors, c, pair, 0);
}
