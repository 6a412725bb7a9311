import { fromProbabilities } from '../../backends/wasm/assembly/math/log-probabilities';
import { expPrecisely, logOf } from '../../backends/wasm/assembly/math/vector-math';
import { chosenClass, nearlyLargest } from './argmax';
import { addToBins, POSTERIOR_BINS } from './bins';
import { Box } from './box';
import { CONSTANTS, LOG_PROBABILITIES } from './memory-layout';
import { hasLabel, outcomeOfArgmax } from './outcomes';
import { factorOf, logWeight, TINY } from './softmax-row';

/** Rows of more classes fill vectors by themselves. */
export const MAX_PAIR_CLASSES: u32 = 7;

// A vector for each class: the numbers of two samples.
const ROW = memory.data(7 * 16, 16);
const WEIGHTS = memory.data(7 * 16, 16);
const FACTORS = memory.data(7 * 16, 16);
/** All bits set in the lanes whose sample has this class as its argmax. */
const IS_ARGMAX = memory.data(7 * 16, 16);

/** As `softmax` sample by sample, for the samples whose first elements these are; both may be the same one. */
export function evaluatePair(box: Box, sample: u32, first: u32, second: u32, ofSecond: u32, epsilon: f64): void {
  const bins = box.bins;
  const size = usize(box.classes) << 4;
  const step = usize(box.inner) << 2;
  let low = box.predictions + (usize(first) << 2);
  let high = box.predictions + (usize(ofSecond) << 2);
  for (let c: usize = 0; c < size; c += 16, low += step, high += step) {
    const row = f64x2.replace_lane(f64x2.splat(f64(load<f32>(low))), 1, f64(load<f32>(high)));
    v128.store(ROW + c, row);
  }
  const largest = markArgmax(ROW, size);
  const confidences = box.areProbabilities
    ? probabilityPair(box, size, largest, epsilon)
    : logitPair(box, size, largest);
  const countsFirst = bins != 0 && hasLabel(box, first, sample);
  const countsSecond = bins != 0 && second != sample && hasLabel(box, ofSecond, second);
  const ofFirst = countsFirst ? argmaxOfLane(0, size) : 0;
  const ofOther = countsSecond ? argmaxOfLane(8, size) : 0;
  if (countsFirst) count(box, bins, f64x2.extract_lane(confidences, 0), first, sample, ofFirst);
  if (countsSecond) count(box, bins, f64x2.extract_lane(confidences, 1), ofSecond, second, ofOther);
  if (!box.offsets) return;
  const inverse = f64x2.div(CONSTANTS.one, normalizePair(size));
  if (countsFirst || countsSecond) {
    const largestWeights = largestOf(WEIGHTS, size);
    if (countsFirst) {
      const largestWeight = f64x2.extract_lane(largestWeights, 0);
      countPosterior(box, WEIGHTS, largestWeight, f64x2.extract_lane(inverse, 0), first, sample, ofFirst);
    }
    if (countsSecond) {
      const largestWeight = f64x2.extract_lane(largestWeights, 1);
      countPosterior(box, WEIGHTS + 8, largestWeight, f64x2.extract_lane(inverse, 1), ofSecond, second, ofOther);
    }
  }
  low = box.posterior + (usize(first) << 2);
  high = box.posterior + (usize(ofSecond) << 2);
  for (let c: usize = 0; c < size; c += 16, low += step, high += step) {
    const floats = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(WEIGHTS + c), inverse));
    v128.store32_lane(low, floats, 0);
    v128.store32_lane(high, floats, 1);
  }
}

@inline
function count(box: Box, bins: usize, confidence: f64, first: u32, sample: u32, argmax: u32): void {
  addToBins(bins, f32(confidence), outcomeOfArgmax(box, first, sample, argmax));
}

/** @param weights address of the sample's first posterior, times its sum; @param largest that of all classes */
@inline
function countPosterior(
  box: Box,
  weights: usize,
  largest: f64,
  inverse: f64,
  first: u32,
  sample: u32,
  predicted: u32,
): void {
  const chosen = chosenClass(weights, 16, predicted, nearlyLargest(largest));
  count(box, box.bins + POSTERIOR_BINS, load<f64>(weights + (usize(chosen) << 4)) * inverse, first, sample, chosen);
}

@inline
function largestOf(row: usize, size: usize): v128 {
  let largest = v128.load(row);
  for (let c: usize = 16; c < size; c += 16) largest = f64x2.pmax(largest, v128.load(row + c));
  return largest;
}

/** Marks the class of the largest number of each sample, the first one of several. @returns the largest */
function markArgmax(row: usize, size: usize): v128 {
  const largest = largestOf(row, size);
  let found = i64x2.splat(0);
  for (let c: usize = 0; c < size; c += 16) {
    const isArgmax = v128.andnot(f64x2.eq(v128.load(row + c), largest), found);
    v128.store(IS_ARGMAX + c, isArgmax);
    found = v128.or(found, isArgmax);
  }
  return largest;
}

/** @param lane offset of the lane's bytes */
function argmaxOfLane(lane: usize, size: usize): u32 {
  let argmax: u32 = 0;
  while ((usize(argmax) << 4) < size - 16 && load<u64>(IS_ARGMAX + (usize(argmax) << 4) + lane) == 0) argmax += 1;
  return argmax;
}

/** As `logitRow`. @returns the largest p of each sample */
function logitPair(box: Box, size: usize, largest: v128): v128 {
  const constants = CONSTANTS;
  const one = constants.one;
  let remaining = f64x2.splat(0);
  for (let c: usize = 0; c < size; c += 16) {
    const e = expPrecisely(f64x2.sub(v128.load(ROW + c), largest), constants);
    const ofRemaining = v128.andnot(e, v128.load(IS_ARGMAX + c));
    v128.store(WEIGHTS + c, ofRemaining);
    remaining = f64x2.add(remaining, ofRemaining);
  }
  const sum = f64x2.add(one, remaining);
  const logSum = logOf(sum, f64x2.neg(remaining), constants);
  const inverse = f64x2.div(one, sum);
  if (!box.offsets) return inverse;
  const isTiny = f64x2.le(remaining, f64x2.splat(TINY));
  let logRemaining = logOf(remaining, f64x2.sub(one, remaining), constants);
  if (v128.any_true(isTiny)) logRemaining = v128.bitselect(logOfRemaining(size, largest), logRemaining, isTiny);
  const logQOfArgmax = f64x2.sub(logRemaining, logSum);
  const rOfArgmax = v128.bitselect(one, f64x2.div(logSum, remaining), isTiny);
  for (let c: usize = 0; c < size; c += 16) {
    const gamma = v128.load64_splat(box.gammas + (c >> 1));
    const isArgmax = v128.load(IS_ARGMAX + c);
    const logP = f64x2.sub(f64x2.sub(v128.load(ROW + c), largest), logSum);
    const p = f64x2.mul(v128.load(WEIGHTS + c), inverse);
    const q = f64x2.sub(one, p);
    const logQ = v128.bitselect(logQOfArgmax, logOf(q, p, constants), isArgmax);
    const factorOfArgmax = f64x2.div(one, f64x2.add(one, f64x2.mul(gamma, rOfArgmax)));
    const factor = v128.bitselect(factorOfArgmax, factorOf(logP, p, q, gamma), isArgmax);
    v128.store(WEIGHTS + c, logWeight(logP, logQ, gamma, v128.load64_splat(box.offsets + (c >> 1))));
    v128.store(FACTORS + c, factor);
  }
  return inverse;
}

/** log Σ e^(z − largest) of all classes but the argmax, where these exponentials are too small for a float64. */
function logOfRemaining(size: usize, largest: v128): v128 {
  const constants = CONSTANTS;
  const lowest = f64x2.splat(-f64.MAX_VALUE);
  let second = lowest;
  for (let c: usize = 0; c < size; c += 16) {
    second = f64x2.pmax(second, v128.bitselect(lowest, v128.load(ROW + c), v128.load(IS_ARGMAX + c)));
  }
  let sum = f64x2.splat(0);
  for (let c: usize = 0; c < size; c += 16) {
    const isArgmax = v128.load(IS_ARGMAX + c);
    const difference = f64x2.sub(v128.bitselect(second, v128.load(ROW + c), isArgmax), second);
    sum = f64x2.add(sum, v128.andnot(expPrecisely(difference, constants), isArgmax));
  }
  return f64x2.add(f64x2.sub(second, largest), logOf(sum, f64x2.sub(constants.one, sum), constants));
}

/** As `probabilityRow`. @returns the largest p of each sample */
function probabilityPair(box: Box, size: usize, largest: v128, epsilon: f64): v128 {
  const constants = CONSTANTS;
  const logProbs = LOG_PROBABILITIES;
  for (let c: usize = 0; c < size && box.offsets != 0; c += 16) {
    const gamma = v128.load64_splat(box.gammas + (c >> 1));
    fromProbabilities(v128.load(ROW + c), logProbs, epsilon, constants);
    const offset = v128.load64_splat(box.offsets + (c >> 1));
    v128.store(WEIGHTS + c, logWeight(logProbs.logP, logProbs.logQ, gamma, offset));
    v128.store(FACTORS + c, factorOf(logProbs.logP, logProbs.p, logProbs.q, gamma));
  }
  return f64x2.pmin(f64x2.pmax(largest, f64x2.splat(epsilon)), f64x2.splat(1 - epsilon));
}

/** As `normalize`. @returns the sums */
function normalizePair(size: usize): v128 {
  const maximum = largestOf(WEIGHTS, size);
  let sum = f64x2.splat(0);
  for (let c: usize = 0; c < size; c += 16) {
    const power = expPrecisely(f64x2.sub(v128.load(WEIGHTS + c), maximum), CONSTANTS);
    const weight = f64x2.mul(power, v128.load(FACTORS + c));
    v128.store(WEIGHTS + c, weight);
    sum = f64x2.add(sum, weight);
  }
  return sum;
}
