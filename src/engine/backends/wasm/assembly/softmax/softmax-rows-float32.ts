import { MAX_ARGUMENT } from '../math/exp-float32';
import { largestLane, smallestLane } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { evaluatePair } from './evaluate-pair';
import { listRows } from './list-bins';
import { addSampleBins } from './sample-bins';
import {
  COUNTS,
  FLOAT64,
  indexOf,
  LEFT_OUT,
  pairOf,
  SamplePair,
  setIndex,
  setSample,
} from './softmax-pair';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';
import { addRemaining, writeGradients } from './softmax-remaining-rows';
import { finishSample } from './softmax-sample';
import { sumExponentials } from './sum-exponentials';
import { exp } from '../math/vector-math';

// Samples whose classes are contiguous, with float32 lanes along the classes. They are evaluated in twos, whose terms are then
// the two lanes of float64.

/** A larger difference between logits would make the smallest exponential subnormal. */
const MAX_GAP: f32 = 87;
export const LOG2_E: f64 = 1.4426950408889634;

/** The samples that are evaluated together. */
export const ROWS: u32 = 4;

/** Makes a sample the one of number i, up to `ROWS`, in what `evaluateRows` evaluates. */
@inline
export function enqueue(params: KernelParams, i: u32, sample: u32, label: u32): void {
  setSample(params, pairOf(params, i), i & 1, sample * params.classes, sample, label, label);
}

/**
 * Evaluates the first `count` enqueued samples.
 *
 * @returns how many have been added to the sums of the remaining classes; `evaluateRow` evaluates others
 */
export function evaluateRows(params: KernelParams, count: u32): u32 {
  let added = 0;
  for (let i: u32 = 0; i < ROWS; i += 2) loadRows(params, i, count);
  if (params.bins) listRows(params, count);
  for (let i: u32 = 0; i < ROWS; i += 2) added += evaluatePair(params, i);
  if (params.bins) addSampleBins(params, count);
  if (params.gradients) {
    for (let i: u32 = 0; i < count; i++) writeGradients(params, i, rowOf(params, i));
  }
  if (params.allSums) addRemaining(params);
  for (let i: u32 = 0; i < count; i++) finishSample(params, pairOf(params, i), i & 1);
  return added;
}

/** Loads the enqueued samples i and i + 1, of which the first `count` count; the exponentials of others are 0. */
export function loadRows(params: KernelParams, i: u32, count: u32): void {
  const pair = pairOf(params, i);
  const row = rowOf(params, i);
  if (i + 1 == count) repeatFirst(params, pair);
  else if (i >= count) clearTrueClasses(pair);
  const isLoaded = i < count && loadTwo(params, pair, row);
  if (!isLoaded) memory.fill(row, 0, 2 * sizeOfRow(params));
  setIndex(pair, offsetof<SamplePair>('states'), 0, isLoaded ? COUNTS : FLOAT64);
  setIndex(pair, offsetof<SamplePair>('states'), 1, !isLoaded ? FLOAT64 : i + 1 == count ? LEFT_OUT : COUNTS);
}

/** The exponentials of sample i. */
@inline
export function rowOf(params: KernelParams, i: u32): usize {
  return exponentials(params) + usize(i) * sizeOfRow(params);
}

/** A pair without samples has what was in memory, and options are read of its classes as well. */
function clearTrueClasses(pair: SamplePair): void {
  setIndex(pair, offsetof<SamplePair>('trueClasses'), 0, 0);
  setIndex(pair, offsetof<SamplePair>('trueClasses'), 1, 0);
}

/** An odd sample is evaluated beside itself. */
function repeatFirst(params: KernelParams, pair: SamplePair): void {
  const sample = indexOf(pair, offsetof<SamplePair>('samples'), 0);
  const label = indexOf(pair, offsetof<SamplePair>('trueClasses'), 0);
  setSample(params, pair, 1, sample * params.classes, sample, label, label);
}

/**
 * Loads the samples of a pair. Their exponentials are written to `row` and the row after it, 0 for the true and the largest
 * class, whose logits are replaced meanwhile by one so small that its exponential is 0.
 *
 * @returns false if float32 cannot hold the exponentials
 */
function loadTwo(params: KernelParams, pair: SamplePair, row: usize): bool {
  const constants = params.constants;
  const classes = params.classes;
  const atA = params.predictions + (usize(indexOf(pair, offsetof<SamplePair>('elements'), 0)) << 2);
  const atB = params.predictions + (usize(indexOf(pair, offsetof<SamplePair>('elements'), 1)) << 2);
  const last = usize(classes - 4) << 2;
  let largestA = v128.load(atA + last);
  let largestB = v128.load(atB + last);
  let smallestA = largestA;
  let smallestB = largestB;
  let i: usize = 0;
  do {
    const x = v128.load(atA + i);
    const y = v128.load(atB + i);
    largestA = f32x4.pmax(largestA, x);
    largestB = f32x4.pmax(largestB, y);
    smallestA = f32x4.pmin(smallestA, x);
    smallestB = f32x4.pmin(smallestB, y);
    i += 16;
  } while (i < last);
  const maxA = largestLane(largestA);
  const maxB = largestLane(largestB);
  if (isOutOfRange(smallestLane(smallestA), maxA) || isOutOfRange(smallestLane(smallestB), maxB)) return false;

  const labelA = indexOf(pair, offsetof<SamplePair>('trueClasses'), 0);
  const labelB = indexOf(pair, offsetof<SamplePair>('trueClasses'), 1);
  const argmaxA = firstClass(atA, classes, maxA);
  const argmaxB = firstClass(atB, classes, maxB);
  setIndex(pair, offsetof<SamplePair>('largestClasses'), 0, argmaxA);
  setIndex(pair, offsetof<SamplePair>('largestClasses'), 1, argmaxB);
  const maxLogits = twoLanes(maxA, maxB);
  const n = f64x2.nearest(f64x2.mul(maxLogits, f64x2.splat(LOG2_E)));
  const shift = f64x2.mul(n, constants.ln2);
  const trueA = atA + (usize(labelA) << 2);
  const trueB = atB + (usize(labelB) << 2);
  const trueLogitA = load<f32>(trueA);
  const trueLogitB = load<f32>(trueB);
  pair.trueExp = exp(f64x2.sub(twoLanes(trueLogitA, trueLogitB), shift), constants);
  const isTrue = f64x2.eq(twoLanes(labelA, labelB), twoLanes(argmaxA, argmaxB));
  pair.largestExp = v128.andnot(exp(f64x2.sub(maxLogits, shift), constants), isTrue);

  const biases = i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(f64x2.splat(127), n));
  const left = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.sub(n, f64x2.splat(127)), constants.ln2));
  const largestAtA = atA + (usize(argmaxA) << 2);
  const largestAtB = atB + (usize(argmaxB) << 2);
  v128.store32_lane(trueA, left, 0);
  v128.store32_lane(largestAtA, left, 0);
  const sumA = sumExponentials(params, atA, row, f32x4.extract_lane(left, 0), i32x4.extract_lane(biases, 0), params.scratch);
  store<f32>(largestAtA, maxA);
  store<f32>(trueA, trueLogitA);
  v128.store32_lane(trueB, left, 1);
  v128.store32_lane(largestAtB, left, 1);
  const rowB = row + sizeOfRow(params);
  const sumB = sumExponentials(params, atB, rowB, f32x4.extract_lane(left, 1), i32x4.extract_lane(biases, 1), params.scratch);
  store<f32>(largestAtB, maxB);
  store<f32>(trueB, trueLogitB);
  pair.restSum = twoLanes(sumA, sumB);
  return true;
}

@inline
export function isOutOfRange(minLogit: f32, maxLogit: f32): bool {
  return !(maxLogit <= MAX_ARGUMENT && minLogit >= -MAX_ARGUMENT && maxLogit - minLogit <= MAX_GAP);
}

/** The mask of the four samples for which `isOutOfRange` is false. */
@inline
export function areInRange(smallest: v128, largest: v128): v128 {
  return v128.and(
    v128.and(f32x4.le(largest, f32x4.splat(MAX_ARGUMENT)), f32x4.ge(smallest, f32x4.splat(-MAX_ARGUMENT))),
    f32x4.le(f32x4.sub(largest, smallest), f32x4.splat(MAX_GAP)),
  );
}

@inline
export function twoLanes(first: f64, second: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

/** The first of at least 16 classes with this logit. */
@inline
export function firstClass(at: usize, classes: u32, logit: f32): u32 {
  const logits = f32x4.splat(logit);
  const last = usize(classes - 16) << 2;
  let i: usize = 0;
  for (; i < last; i += 64) {
    const first = v128.or(f32x4.eq(v128.load(at + i), logits), f32x4.eq(v128.load(at + i, 16), logits));
    const second = v128.or(f32x4.eq(v128.load(at + i, 32), logits), f32x4.eq(v128.load(at + i, 48), logits));
    if (v128.any_true(v128.or(first, second))) break;
  }
  i = min(i, last);
  let lanes = i32x4.bitmask(f32x4.eq(v128.load(at + i), logits));
  lanes |= i32x4.bitmask(f32x4.eq(v128.load(at + i, 16), logits)) << 4;
  lanes |= i32x4.bitmask(f32x4.eq(v128.load(at + i, 32), logits)) << 8;
  lanes |= i32x4.bitmask(f32x4.eq(v128.load(at + i, 48), logits)) << 12;
  return u32(i >> 2) + ctz(lanes);
}
