import { IGNORED, Job } from './job';
import { evaluatePair, loadPair } from './sigmoid-pair';
import { ClassPair, countNegatives, PAIR_SIZE, pairAt } from './sums';

/** Classes that are worked on together, sample after sample, so that their sums stay in the first-level cache. */
export const TILE: u32 = 128;

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

/** Lanes are samples of one class: the class axis is not the last, or there is only one class. */
function alongSamples(job: Job, from: u32, to: u32): bool {
  // Without other classes in between, slices are one run.
  const run = job.classes == 1 ? (to - from) * job.inner : job.inner;
  for (let sample = from * job.inner; sample < to * job.inner; sample += run) {
    for (let c: u32 = 0; c < job.classes; c++) {
      const element = sample * job.classes + c * run;
      if (!labelled(job, element, sample, run, c, pairAt(job, c), 0)) return false;
      countNegatives(pairAt(job, c), (run + 1) >> 1);
    }
  }
  return true;
}

/** Lanes are classes, of which a tile is worked on for all samples. */
function tile(job: Job, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const firstPair = firstClass >> 1;
  let samples: u32 = 0;
  for (let sample = from; sample < to; sample++) {
    const element = sample * job.classes + firstClass;
    if (job.dense) {
      if (!labelled(job, element, sample, classes, 0, pairAt(job, firstPair), PAIR_SIZE)) return false;
    } else {
      const label = load<i32>(job.labels + (usize(sample) << 2));
      if (label == IGNORED) {
        clear(job, element, classes);
        continue;
      }
      oneHot(job, element, sample, firstPair, classes, <u32>label - firstClass);
    }
    samples += 1;
  }
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) countNegatives(pairAt(job, firstPair + i), samples);
  return true;
}

/**
 * A tile's classes of one sample with a class index.
 *
 * @param label relative to the tile; past its end for background and for classes elsewhere
 */
function oneHot(job: Job, element: u32, sample: u32, firstPair: u32, classes: u32, label: u32): void {
  const weight = weightOf(job, sample);
  const wholePairs = classes >> 1;
  const labelPair = min(label >> 1, wholePairs);
  negatives(job, element, firstPair, labelPair, weight);
  if (labelPair < wholePairs) {
    const pair = pairAt(job, firstPair + labelPair);
    mixed(job, element + 2 * labelPair, weight, lane(label & 1), lane(~label & 1), pair, false);
    const next = labelPair + 1;
    negatives(job, element + 2 * next, firstPair + next, wholePairs - next, weight);
  }
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

/**
 * Elements that follow each other in memory, each with its label: classes of a sample with dense labels, or samples of
 * a class.
 *
 * @param sample of the first element
 * @param pairStep PAIR_SIZE for classes, 0 for samples
 * @returns false if there is a soft label
 */
function labelled(
  job: Job,
  element: u32,
  sample: u32,
  count: u32,
  classIndex: u32,
  firstPair: ClassPair,
  pairStep: usize,
): bool {
  const none = i64x2(0, 0);
  const training = isTraining(job);
  const rowWeight = weightOf(job, sample);
  let address = changetype<usize>(firstPair);
  for (let i: u32 = 0; i < count; i += 2, address += pairStep) {
    const pair = changetype<ClassPair>(address);
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const single = i + 1 == count;
    const labelsAt = job.labels + (job.dense ? at : sampleAt);
    // Both twice, so that no lane is of anything else.
    const labels = single ? v128.load32_splat(labelsAt) : v128.load64_splat(labelsAt);
    const weight = pairStep || !job.sampleWeights ? rowWeight : loadPair(job.sampleWeights + sampleAt, single);
    const x = loadPair(job.predictions + at, single);
    const isPositive = job.dense ? f32x4.eq(labels, f32x4.splat(1)) : i32x4.eq(labels, i32x4.splat(classIndex));
    const isIgnored = job.dense ? f32x4.eq(labels, f32x4.splat(f32(IGNORED))) : i32x4.eq(labels, i32x4.splat(IGNORED));
    const notNegative = v128.or(isPositive, isIgnored);
    if (job.dense && !i32x4.all_true(v128.or(notNegative, f32x4.eq(labels, f32x4.splat(0))))) return false;
    if (single || v128.any_true(notNegative)) {
      const lanes = single ? lane(0) : i64x2.splat(-1);
      const positive = v128.and(lanes, i64x2.extend_low_i32x4_s(isPositive));
      const negative = v128.andnot(lanes, i64x2.extend_low_i32x4_s(notNegative));
      if (training) evaluatePair(job, at, x, weight, positive, negative, pair, single, false, true);
      else evaluatePair(job, at, x, weight, positive, negative, pair, single, false, false);
    } else if (training) evaluatePair(job, at, x, weight, none, none, pair, false, true, true);
    else evaluatePair(job, at, x, weight, none, none, pair, false, true, false);
  }
  return true;
}

/** What most requests ask for, and gets loops without the branches for the rest. */
@inline
function isTraining(job: Job): bool {
  return job.gradients != 0 && job.allSums != 0 && !job.gradientSquares && !job.elementwise && !job.hessian;
}

@inline
function weightOf(job: Job, sample: u32): v128 {
  return f64x2.splat(job.sampleWeights ? load<f32>(job.sampleWeights + (usize(sample) << 2)) : 1);
}

/** A mask of one lane. */
@inline
function lane(index: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(i64(index) - 1), 1, -i64(index));
}

function clear(job: Job, element: u32, count: u32): void {
  const at = usize(element) << 2;
  const size = usize(count) << 2;
  if (job.gradients) memory.fill(job.gradients + at, 0, size);
  if (job.elementwise) memory.fill(job.elementwise + at, 0, size);
  if (job.hessian) memory.fill(job.hessian + at, 0, size);
}
