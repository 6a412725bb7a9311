import { IGNORED, Job, weightOf } from './job';
import { addNegatives, addPredicted, BLOCK, isQuick, leaveOut, takeRow } from './negatives';
import { isExtreme } from './others';
import { evaluatePair, isTraining, lane, loadPair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from './sums';

/**
 * A tile's classes of samples with a class index each.
 *
 * @returns how many samples are not ignored
 */
export function oneHotTile(job: Job, from: u32, to: u32, firstClass: u32, classes: u32): u32 {
  const quick = isQuick(job) ? classes & ~3 : 0;
  let samples: u32 = 0;
  let sample = from;
  while (sample < to) {
    let rows: u32 = 0;
    while (rows < BLOCK && sample + rows < to && labelOf(job, sample + rows) != IGNORED) rows += 1;
    if (rows == 0) {
      clear(job, sample * job.classes + firstClass, classes);
      sample += 1;
      continue;
    }
    block(job, sample, rows, firstClass, classes, quick);
    samples += rows;
    sample += rows;
  }
  if (quick && job.allSums) addPredicted(job, firstClass >> 1, quick >> 1);
  return samples;
}

/**
 * A tile's classes of a few samples that follow each other.
 *
 * @param quick how many of the classes are evaluated as negatives first, in float32 where that will do; what is
 * positive, or too large, is left out and evaluated on its own
 */
function block(job: Job, sample: u32, rows: u32, firstClass: u32, classes: u32, quick: u32): void {
  const firstPair = firstClass >> 1;
  const quickPairs = quick >> 1;
  const element = sample * job.classes + firstClass;
  if (quick) {
    let extreme: u32 = 0;
    for (let row: u32 = 0; row < rows; row++) {
      const at = job.predictions + (usize(element + row * job.classes) << 2);
      const labelPair = (<u32>labelOf(job, sample + row) - firstClass) >> 1;
      if (takeRow(job, at, row, quick)) {
        extreme |= 1 << row;
        for (let i: u32 = 0; i < quickPairs; i++) {
          if (i != labelPair && isExtreme(at + (usize(i) << 3))) leaveOut(job, at, row, 2 * i);
        }
      }
      if (labelPair < quickPairs) leaveOut(job, at, row, 2 * labelPair);
    }
    addNegatives(job, element, sample, rows, firstPair, quickPairs);
    for (let row: u32 = 0; extreme; row++, extreme >>= 1) {
      if (extreme & 1) extremes(job, element + row * job.classes, sample + row, firstClass, quickPairs);
    }
  }
  for (let row: u32 = 0; row < rows; row++) {
    const label = <u32>labelOf(job, sample + row) - firstClass;
    oneHot(job, element + row * job.classes, sample + row, firstPair, quickPairs, classes, label);
  }
}

/** All that `block` has left out of a sample but the pair of its label, which `oneHot` evaluates. */
function extremes(job: Job, element: u32, sample: u32, firstClass: u32, pairs: u32): void {
  const labelPair = (<u32>labelOf(job, sample) - firstClass) >> 1;
  const weight = weightOf(job, sample);
  for (let i: u32 = 0; i < pairs; i++) {
    const first = element + 2 * i;
    if (i == labelPair || !isExtreme(job.predictions + (usize(first) << 2))) continue;
    mixed(job, first, weight, i64x2(0, 0), i64x2.splat(-1), pairAt(job, (firstClass >> 1) + i), false);
  }
}

@inline
function labelOf(job: Job, sample: u32): i32 {
  return load<i32>(job.labels + (usize(sample) << 2));
}

/**
 * What is left of a tile's classes of one sample with a class index: its positive, and what lies behind the quick ones.
 *
 * @param quickPairs that have been evaluated as negatives
 * @param label relative to the tile; past its end for background and for classes elsewhere
 */
function oneHot(
  job: Job,
  element: u32,
  sample: u32,
  firstPair: u32,
  quickPairs: u32,
  classes: u32,
  label: u32,
): void {
  const weight = weightOf(job, sample);
  const wholePairs = classes >> 1;
  const labelPair = min(label >> 1, wholePairs);
  if (labelPair < wholePairs) {
    const pair = pairAt(job, firstPair + labelPair);
    mixed(job, element + 2 * labelPair, weight, lane(label & 1), lane(~label & 1), pair, false);
  }
  const before = max(labelPair, quickPairs);
  negatives(job, element + 2 * quickPairs, firstPair + quickPairs, before - quickPairs, weight);
  const next = min(max(labelPair + 1, quickPairs), wholePairs);
  negatives(job, element + 2 * next, firstPair + next, wholePairs - next, weight);
  if (classes & 1) {
    const positive = label == classes - 1 ? lane(0) : i64x2(0, 0);
    const negative = v128.andnot(lane(0), positive);
    mixed(job, element + 2 * wholePairs, weight, positive, negative, pairAt(job, firstPair + wholePairs), true);
  }
}

function negatives(job: Job, element: u32, firstPair: u32, pairs: u32, weight: v128): void {
  const none = i64x2(0, 0);
  let at = usize(element) << 2;
  const end = at + (usize(pairs) << 3);
  let pair = changetype<usize>(pairAt(job, firstPair));
  if (isTraining(job)) {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      const x = loadPair(job.predictions + at, false);
      evaluatePair(job, at, x, weight, none, none, changetype<ClassPair>(pair), false, true, true);
    }
  } else {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      const x = loadPair(job.predictions + at, false);
      evaluatePair(job, at, x, weight, none, none, changetype<ClassPair>(pair), false, true, false);
    }
  }
}

function mixed(
  job: Job,
  element: u32,
  weight: v128,
  positive: v128,
  negative: v128,
  pair: ClassPair,
  single: bool,
): void {
  const at = usize(element) << 2;
  const x = loadPair(job.predictions + at, single);
  if (isTraining(job)) evaluatePair(job, at, x, weight, positive, negative, pair, single, false, true);
  else evaluatePair(job, at, x, weight, positive, negative, pair, single, false, false);
}

function clear(job: Job, element: u32, count: u32): void {
  const at = usize(element) << 2;
  const size = usize(count) << 2;
  if (job.gradients) memory.fill(job.gradients + at, 0, size);
  if (job.elementwise) memory.fill(job.elementwise + at, 0, size);
  if (job.hessian) memory.fill(job.hessian + at, 0, size);
}
