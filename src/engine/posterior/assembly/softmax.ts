import { fromProbabilities } from '../../backends/wasm/assembly/math/log-probabilities';
import { expPrecisely, log, log1p, logOf } from '../../backends/wasm/assembly/math/vector-math';
import { addToBins, IGNORED, POSITIVE, POSTERIOR_BINS } from './bins';
import { Box } from './box';
import { CONSTANTS, LOG_PROBABILITIES } from './memory-layout';
import { hasIndices, outcomeOfDense, outcomeOfIndex } from './outcomes';

/** Behind an odd number of classes: its exponential is nothing beside those of others. */
const PADDING: f64 = -1e300;
/** Sums below it may consist of exponentials that were too small for a float64. */
const TINY: f64 = 1e-290;

/** The class of the largest of the row's numbers, the first one of several. */
let top: u32 = 0;

/** The posterior of each sample and the bins, sample by sample. */
export function softmax(box: Box, epsilon: f64): void {
  const classes = box.classes;
  const inner = box.inner;
  const bins = box.bins;
  const offsets = box.offsets;
  const rows = box.rows;
  const weights = rows + rowBytes(classes);
  const factors = weights + rowBytes(classes);
  const samples = box.slices * inner;
  for (let sample: u32 = 0; sample < samples; sample++) {
    const slice = sample / inner;
    const first = slice * classes * inner + (sample - slice * inner);
    loadRow(box, first, rows);
    const largest = largestOf(rows, classes);
    const predicted = top;
    const confidence = box.areProbabilities
      ? probabilityRow(box, rows, weights, factors, largest, epsilon)
      : logitRow(box, rows, weights, factors, largest);
    const isCounted = bins != 0 && hasLabel(box, first, sample);
    if (isCounted) addToBins(bins, f32(confidence), outcomeOfTop(box, first, sample, predicted));
    if (!offsets) continue;
    const total = normalize(weights, factors, classes);
    if (isCounted) {
      largestOf(weights, classes);
      const chosen = load<f64>(weights + (usize(top) << 3)) / total;
      addToBins(bins + POSTERIOR_BINS, f32(chosen), outcomeOfTop(box, first, sample, top));
    }
    storeRow(box, first, weights, total);
  }
}

/** A row of float64 and one more: vectors have two. */
@inline
function rowBytes(classes: u32): usize {
  return (usize(classes) + 2) << 3;
}

/** The numbers of a sample, one after another, as float64. */
function loadRow(box: Box, first: u32, row: usize): void {
  const classes = box.classes;
  const inner = box.inner;
  for (let c: u32 = 0, at = box.predictions + (usize(first) << 2); c < classes; c++, at += usize(inner) << 2) {
    store<f64>(row + (usize(c) << 3), f64(load<f32>(at)));
  }
  store<f64>(row + (usize(classes) << 3), PADDING);
}

function largestOf(row: usize, classes: u32): f64 {
  let largest = load<f64>(row);
  top = 0;
  for (let c: u32 = 1; c < classes; c++) {
    const value = load<f64>(row + (usize(c) << 3));
    if (value > largest) {
      largest = value;
      top = c;
    }
  }
  return largest;
}

/**
 * h(p) of each class, as the logarithm of p q^−γ less the offset, and the factor 1 / (1 + γ r(p)), r(p) = −p log p / q. It is
 * p = e^z / Σ e^z, and q = 1 − p is exact enough but for the class on top, whose q is the part of the others in the sum.
 *
 * @returns the largest p
 */
function logitRow(box: Box, row: usize, weights: usize, factors: usize, largest: f64): f64 {
  const classes = box.classes;
  const gammas = box.gammas;
  const offsets = box.offsets;
  const constants = CONSTANTS;
  const maximum = f64x2.splat(largest);
  const end = weights + (usize(classes) << 3);
  const atTop = weights + (usize(top) << 3);
  for (let at = weights, from = row; at < end; at += 16, from += 16) {
    v128.store(at, expPrecisely(f64x2.sub(v128.load(from), maximum), constants));
  }
  store<f64>(atTop, 0);
  let sums = f64x2.splat(0);
  for (let at = weights; at < end; at += 16) sums = f64x2.add(sums, v128.load(at));
  const others = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  const logSum = log1p(others, constants);
  const p = 1 / (1 + others);
  if (!offsets) return p;
  const shift = f64x2.splat(largest + logSum);
  const inverse = f64x2.splat(p);
  for (let at = weights, c: usize = 0; at < end; at += 16, c += 16) {
    const logP = f64x2.sub(v128.load(row + c), shift);
    const probability = f64x2.mul(v128.load(at), inverse);
    const rest = f64x2.sub(constants.one, probability);
    const logQ = logOf(rest, probability, constants);
    const gamma = v128.load(gammas + c);
    v128.store(at, logWeight(logP, logQ, gamma, v128.load(offsets + c)));
    v128.store(factors + c, factorOf(logP, probability, rest, gamma));
  }
  const gamma = load<f64>(gammas + (usize(top) << 3));
  const logQ = others > 1 ? -log1p(1 / others, constants) : logOfOthers(row, classes, largest, others) - logSum;
  const r = others > TINY ? logSum / others : 1;
  store<f64>(atTop, -logSum - gamma * logQ - load<f64>(offsets + (usize(top) << 3)));
  store<f64>(factors + (usize(top) << 3), 1 / (1 + gamma * r));
  return p;
}

/** log Σ e^(z − largest) of all classes but the one on top. */
function logOfOthers(row: usize, classes: u32, largest: f64, others: f64): f64 {
  const constants = CONSTANTS;
  if (others > TINY) return log(others, constants);
  let second: f64 = -f64.MAX_VALUE;
  for (let c: u32 = 0; c < classes; c++) {
    if (c != top) second = max(second, load<f64>(row + (usize(c) << 3)));
  }
  let sum: f64 = 0;
  for (let c: u32 = 0; c < classes; c++) {
    if (c == top) continue;
    const difference = f64x2.splat(load<f64>(row + (usize(c) << 3)) - second);
    sum += f64x2.extract_lane(expPrecisely(difference, constants), 0);
  }
  return second - largest + log(sum, constants);
}

/** Likewise for probabilities, each of which is clamped on its own. */
function probabilityRow(box: Box, row: usize, weights: usize, factors: usize, largest: f64, epsilon: f64): f64 {
  const classes = box.classes;
  const gammas = box.gammas;
  const offsets = box.offsets;
  const constants = CONSTANTS;
  const logProbs = LOG_PROBABILITIES;
  for (let c: usize = 0, end = usize(classes) << 3; c < end && offsets != 0; c += 16) {
    fromProbabilities(v128.load(row + c), logProbs, epsilon, constants);
    const gamma = v128.load(gammas + c);
    v128.store(weights + c, logWeight(logProbs.logP, logProbs.logQ, gamma, v128.load(offsets + c)));
    v128.store(factors + c, factorOf(logProbs.logP, logProbs.p, logProbs.q, gamma));
  }
  if (classes & 1) store<f64>(weights + (usize(classes) << 3), PADDING);
  return min(max(largest, epsilon), 1 - epsilon);
}

@inline
function logWeight(logP: v128, logQ: v128, gamma: v128, offset: v128): v128 {
  return f64x2.sub(f64x2.sub(logP, f64x2.mul(gamma, logQ)), offset);
}

/** 1 / (1 + γ r) = q / (q − γ p log p) */
@inline
function factorOf(logP: v128, p: v128, q: v128, gamma: v128): v128 {
  return f64x2.div(q, f64x2.sub(q, f64x2.mul(gamma, f64x2.mul(p, logP))));
}

/** Turns logarithms and factors into weights of 1 at most. @returns their sum */
function normalize(weights: usize, factors: usize, classes: u32): f64 {
  const constants = CONSTANTS;
  const maximum = f64x2.splat(largestOf(weights, classes));
  const end = usize(classes) << 3;
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const power = expPrecisely(f64x2.sub(v128.load(weights + at), maximum), constants);
    const weight = f64x2.mul(power, v128.load(factors + at));
    v128.store(weights + at, weight);
    sums = f64x2.add(sums, weight);
  }
  const second = f64x2.extract_lane(sums, 1);
  return f64x2.extract_lane(sums, 0) + (classes & 1 ? second - load<f64>(weights + end) : second);
}

function storeRow(box: Box, first: u32, weights: usize, total: f64): void {
  const classes = box.classes;
  const inner = box.inner;
  const inverse = 1 / total;
  for (let c: u32 = 0, at = box.posterior + (usize(first) << 2); c < classes; c++, at += usize(inner) << 2) {
    store<f32>(at, f32(load<f64>(weights + (usize(c) << 3)) * inverse));
  }
}

/** Whether some label of the sample is not ignored. */
function hasLabel(box: Box, first: u32, sample: u32): bool {
  if (hasIndices(box)) return outcomeOfIndex(box, sample, 0) != IGNORED;
  for (let c: u32 = 0; c < box.classes; c++) {
    if (outcomeOfDense(box, first + c * box.inner) != IGNORED) return true;
  }
  return false;
}

/** Whether the sample's label names this class. */
function outcomeOfTop(box: Box, first: u32, sample: u32, classIndex: u32): u32 {
  const outcome = hasIndices(box)
    ? outcomeOfIndex(box, sample, classIndex)
    : outcomeOfDense(box, first + classIndex * box.inner);
  return u32(outcome == POSITIVE);
}
