import { IGNORED, KernelParams, weightOf } from '../kernel-params';
import { addNegatives, addPredicted, BLOCK, usesFloat32Negatives, maskPair, loadRow } from './negatives';
import { isOutOfRange } from './out-of-range';
import { evaluatePair, isTraining, lane, loadPair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';

/**
 * Evaluates a tile of classes for samples with class indices.
 *
 * @returns the number of samples that are not ignored
 */
export function oneHotTile(params: KernelParams, from: u32, to: u32, firstClass: u32, classes: u32): u32 {
  const fastClasses = usesFloat32Negatives(params) ? classes & ~3 : 0;
  let samples: u32 = 0;
  let sample = from;
  while (sample < to) {
    let rows: u32 = 0;
    while (rows < BLOCK && sample + rows < to && labelOf(params, sample + rows) != IGNORED) rows += 1;
    if (rows == 0) {
      clearOutputs(params, sample * params.classes + firstClass, classes);
      sample += 1;
      continue;
    }
    evaluateBlock(params, sample, rows, firstClass, classes, fastClasses);
    samples += rows;
    sample += rows;
  }
  if (fastClasses && params.allSums) addPredicted(params, firstClass >> 1, fastClasses >> 1);
  return samples;
}

/**
 * Evaluates a tile of classes for up to BLOCK consecutive samples.
 *
 * @param fastClasses how many of the classes are evaluated as negatives first, on the float32 fast path; pairs with a
 *   positive, or with a logit out of range, are masked and evaluated afterwards
 */
function evaluateBlock(
  params: KernelParams,
  sample: u32,
  rows: u32,
  firstClass: u32,
  classes: u32,
  fastClasses: u32,
): void {
  const firstPair = firstClass >> 1;
  const fastPairs = fastClasses >> 1;
  const element = sample * params.classes + firstClass;
  if (fastClasses) {
    let outOfRange: u32 = 0;
    for (let row: u32 = 0; row < rows; row++) {
      const at = params.predictions + (usize(element + row * params.classes) << 2);
      const labelPair = (<u32>labelOf(params, sample + row) - firstClass) >> 1;
      if (loadRow(params, at, row, fastClasses)) {
        outOfRange |= 1 << row;
        for (let i: u32 = 0; i < fastPairs; i++) {
          if (i != labelPair && isOutOfRange(v128.load64_zero(at + (usize(i) << 3)))) maskPair(params, at, row, 2 * i);
        }
      }
      if (labelPair < fastPairs) maskPair(params, at, row, 2 * labelPair);
    }
    addNegatives(params, element, sample, rows, firstPair, fastPairs);
    for (let row: u32 = 0; outOfRange; row++, outOfRange >>= 1) {
      if (outOfRange & 1) evaluateOutOfRange(params, element + row * params.classes, sample + row, firstClass, fastPairs);
    }
  }
  for (let row: u32 = 0; row < rows; row++) {
    const label = <u32>labelOf(params, sample + row) - firstClass;
    evaluateRest(params, element + row * params.classes, sample + row, firstPair, fastPairs, classes, label);
  }
}

/** Evaluates the pairs of a sample that were masked as out of range, except the label's, which `evaluateRest` does. */
function evaluateOutOfRange(params: KernelParams, element: u32, sample: u32, firstClass: u32, pairs: u32): void {
  const labelPair = (<u32>labelOf(params, sample) - firstClass) >> 1;
  const weight = weightOf(params, sample);
  for (let i: u32 = 0; i < pairs; i++) {
    const first = element + 2 * i;
    if (i == labelPair || !isOutOfRange(v128.load64_zero(params.predictions + (usize(first) << 2)))) continue;
    evaluateMixed(params, first, weight, i64x2(0, 0), i64x2.splat(-1), pairAt(params, (firstClass >> 1) + i), false);
  }
}

@inline
function labelOf(params: KernelParams, sample: u32): i32 {
  return load<i32>(params.labels + (usize(sample) << 2));
}

/**
 * Evaluates the rest of a tile for one sample: the pair of its label, and the classes past the fast path.
 *
 * @param fastPairs number of pairs that the fast path has evaluated
 * @param label relative to the tile; past the tile's end for background and for classes of other tiles
 */
function evaluateRest(
  params: KernelParams,
  element: u32,
  sample: u32,
  firstPair: u32,
  fastPairs: u32,
  classes: u32,
  label: u32,
): void {
  const weight = weightOf(params, sample);
  const wholePairs = classes >> 1;
  const labelPair = min(label >> 1, wholePairs);
  if (labelPair < wholePairs) {
    const pair = pairAt(params, firstPair + labelPair);
    evaluateMixed(params, element + 2 * labelPair, weight, lane(label & 1), lane(~label & 1), pair, false);
  }
  const before = max(labelPair, fastPairs);
  evaluateNegatives(params, element + 2 * fastPairs, firstPair + fastPairs, before - fastPairs, weight);
  const next = min(max(labelPair + 1, fastPairs), wholePairs);
  evaluateNegatives(params, element + 2 * next, firstPair + next, wholePairs - next, weight);
  if (classes & 1) {
    const positive = label == classes - 1 ? lane(0) : i64x2(0, 0);
    const negative = v128.andnot(lane(0), positive);
    evaluateMixed(
      params,
      element + 2 * wholePairs,
      weight,
      positive,
      negative,
      pairAt(params, firstPair + wholePairs),
      true,
    );
  }
}

function evaluateNegatives(params: KernelParams, element: u32, firstPair: u32, pairs: u32, weight: v128): void {
  const none = i64x2(0, 0);
  let at = usize(element) << 2;
  const end = at + (usize(pairs) << 3);
  let pair = changetype<usize>(pairAt(params, firstPair));
  if (isTraining(params)) {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      const x = loadPair(params.predictions + at, false);
      evaluatePair(params, at, x, weight, none, none, changetype<ClassPair>(pair), false, true, true);
    }
  } else {
    for (; at < end; at += 8, pair += PAIR_SIZE) {
      const x = loadPair(params.predictions + at, false);
      evaluatePair(params, at, x, weight, none, none, changetype<ClassPair>(pair), false, true, false);
    }
  }
}

function evaluateMixed(
  params: KernelParams,
  element: u32,
  weight: v128,
  positive: v128,
  negative: v128,
  pair: ClassPair,
  single: bool,
): void {
  const at = usize(element) << 2;
  const x = loadPair(params.predictions + at, single);
  if (isTraining(params)) evaluatePair(params, at, x, weight, positive, negative, pair, single, false, true);
  else evaluatePair(params, at, x, weight, positive, negative, pair, single, false, false);
}

function clearOutputs(params: KernelParams, element: u32, count: u32): void {
  const at = usize(element) << 2;
  const size = usize(count) << 2;
  if (params.gradients) memory.fill(params.gradients + at, 0, size);
  if (params.elementwise) memory.fill(params.elementwise + at, 0, size);
  if (params.hessian) memory.fill(params.hessian + at, 0, size);
}
