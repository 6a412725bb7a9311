import { alongSamples } from './along-samples';
import { Job } from './job';
import { multiHotTile } from './multi-hot';
import { TILE } from './negatives';
import { oneHotTile } from './one-hot';
import { countNegatives, pairAt } from './sums';

/**
 * Evaluates the outer slices from `from` up to `to`.
 *
 * @returns false if there is a soft label, which is not for this kernel; what it has written then means nothing
 */
export function sigmoid(job: Job, from: u32, to: u32): bool {
  if (job.lanesAreSamples) return alongSamples(job, from, to);
  for (let firstClass: u32 = 0; firstClass < job.classes; firstClass += TILE) {
    if (!tile(job, from, to, firstClass, min(TILE, job.classes - firstClass))) return false;
  }
  return true;
}

/** Lanes are classes, of which a tile is worked on for all samples. */
function tile(job: Job, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const firstPair = firstClass >> 1;
  let samples = to - from;
  if (job.dense) {
    if (!multiHotTile(job, from, to, firstClass, classes)) return false;
  } else samples = oneHotTile(job, from, to, firstClass, classes);
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) countNegatives(pairAt(job, firstPair + i), samples);
  return true;
}
