import { IGNORED, Job } from './job';
import { evaluatePair, loadPair } from './sigmoid-pair';
import { add, COUNT, NEGATIVE, PAIR_SIZE } from './sums';

/** Classes that are worked on together, sample after sample, so that their sums stay in the first-level cache. */
const TILE: u32 = 128;

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
  if (job.classes == 1) return labelled(job, from * job.inner, from * job.inner, (to - from) * job.inner, 0, job.pairs, 0);
  for (let outer = from; outer < to; outer++) {
    for (let c: u32 = 0; c < job.classes; c++) {
      const element = (outer * job.classes + c) * job.inner;
      const pair = job.pairs + usize(c) * PAIR_SIZE;
      if (!labelled(job, element, outer * job.inner, job.inner, c, pair, 0)) return false;
    }
  }
  return true;
}

/** Lanes are classes, of which a tile is worked on for all samples. */
function tile(job: Job, from: u32, to: u32, firstClass: u32, classes: u32): bool {
  const pair = job.pairs + usize(firstClass >> 1) * PAIR_SIZE;
  let samples: u32 = 0;
  for (let sample = from; sample < to; sample++) {
    const element = sample * job.classes + firstClass;
    if (job.dense) {
      if (!labelled(job, element, sample, classes, 0, pair, PAIR_SIZE)) return false;
      continue;
    }
    const label = load<i32>(job.labels + (usize(sample) << 2));
    if (label == IGNORED) {
      clear(job.gradients, element, classes);
      clear(job.elementwise, element, classes);
      clear(job.hessian, element, classes);
      continue;
    }
    samples += 1;
    // Background and the classes of other tiles are past the end.
    oneHot(job, element, classes, <u32>label - firstClass, sampleWeight(job, sample), pair);
  }
  const counted = f64x2.splat(samples);
  for (let i: u32 = 0; i < classes; i += 2) add(pair + usize(i >> 1) * PAIR_SIZE, NEGATIVE + COUNT, counted);
  return true;
}

/** A sample of a tile, all of whose classes are negative but perhaps one. */
function oneHot(job: Job, element: u32, classes: u32, positiveClass: u32, weight: v128, pair: usize): void {
  const even = classes & ~1;
  const split = positiveClass < classes ? positiveClass & ~1 : classes;
  negatives(job, element, min(split, even), weight, pair);
  if (split < even) {
    mixed(job, element + split, weight, lane(positiveClass & 1), lane(~positiveClass & 1), pair + usize(split >> 1) * PAIR_SIZE, false);
    const next = split + 2;
    negatives(job, element + next, even - next, weight, pair + usize(next >> 1) * PAIR_SIZE);
  }
  if (even < classes) {
    const positive = positiveClass == even ? lane(0) : i64x2(0, 0);
    mixed(job, element + even, weight, positive, v128.andnot(lane(0), positive), pair + usize(even >> 1) * PAIR_SIZE, true);
  }
}

function negatives(job: Job, element: u32, count: u32, weight: v128, pair: usize): void {
  const none = i64x2(0, 0);
  let at = usize(element) << 2;
  const end = at + (usize(count) << 2);
  if (isTraining(job)) {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      evaluatePair(job, at, loadPair(job.predictions + at, false), weight, none, none, pair, false, true, true);
    }
  } else {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      evaluatePair(job, at, loadPair(job.predictions + at, false), weight, none, none, pair, false, true, false);
    }
  }
}

function mixed(job: Job, element: u32, weight: v128, positive: v128, negative: v128, pair: usize, single: bool): void {
  const at = usize(element) << 2;
  evaluatePair(job, at, loadPair(job.predictions + at, single), weight, positive, negative, pair, single, false, false);
}

/**
 * Elements that follow each other in memory, with a label each.
 *
 * @param sample of the first element
 * @param step PAIR_SIZE where they are classes of one sample; 0 where they are samples of one class
 */
function labelled(job: Job, element: u32, sample: u32, count: u32, classIndex: u32, pair: usize, step: usize): bool {
  const none = i64x2(0, 0);
  const rowWeight = sampleWeight(job, sample);
  const training = isTraining(job);
  const first = pair;
  for (let i: u32 = 0; i < count; i += 2, pair += step) {
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const single = i + 1 == count;
    const labelsAt = job.labels + (job.dense ? at : sampleAt);
    const labels = single ? v128.load32_zero(labelsAt) : v128.load64_zero(labelsAt);
    let positive: v128;
    let ignored: v128;
    if (job.dense) {
      const isPositive = f32x4.eq(labels, f32x4.splat(1));
      const isIgnored = f32x4.eq(labels, f32x4.splat(f32(IGNORED)));
      const isNegative = f32x4.eq(labels, f32x4.splat(0));
      if (!i32x4.all_true(v128.or(isNegative, v128.or(isPositive, isIgnored)))) return false;
      positive = i64x2.extend_low_i32x4_s(isPositive);
      ignored = i64x2.extend_low_i32x4_s(isIgnored);
    } else {
      const wide = i64x2.extend_low_i32x4_s(labels);
      positive = i64x2.eq(wide, i64x2.splat(classIndex));
      ignored = i64x2.eq(wide, i64x2.splat(IGNORED));
    }
    if (single) {
      positive = v128.and(positive, lane(0));
      ignored = v128.or(ignored, lane(1));
    }
    const other = v128.or(positive, ignored);
    const x = loadPair(job.predictions + at, single);
    const weight = step || !job.sampleWeights ? rowWeight : loadPair(job.sampleWeights + sampleAt, single);
    if (v128.any_true(other)) {
      const negative = v128.not(other);
      if (training) evaluatePair(job, at, x, weight, positive, negative, pair, single, false, true);
      else evaluatePair(job, at, x, weight, positive, negative, pair, single, false, false);
    } else if (training) evaluatePair(job, at, x, weight, none, none, pair, false, true, true);
    else evaluatePair(job, at, x, weight, none, none, pair, false, true, false);
    if (step) add(pair, NEGATIVE + COUNT, f64x2.splat(1));
  }
  if (!step) add(first, NEGATIVE + COUNT, f64x2.splat((count + 1) >> 1));
  return true;
}

/** The usual request, for which there is a loop of its own without the branches. */
@inline
function isTraining(job: Job): bool {
  return job.gradients != 0 && job.allSums != 0 && !job.elementwise && !job.hessian;
}

@inline
function sampleWeight(job: Job, sample: u32): v128 {
  return f64x2.splat(job.sampleWeights ? load<f32>(job.sampleWeights + (usize(sample) << 2)) : 1);
}

/** A mask of one lane. */
@inline
function lane(index: u32): v128 {
  return i64x2.replace_lane(i64x2.replace_lane(i64x2.splat(0), 0, i64(index) - 1), 1, -i64(index));
}

function clear(tensor: usize, element: u32, count: u32): void {
  if (tensor) memory.fill(tensor + (usize(element) << 2), 0, usize(count) << 2);
}
