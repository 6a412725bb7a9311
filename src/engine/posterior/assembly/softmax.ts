import { expPrecisely } from '../../backends/wasm/assembly/math/vector-math';
import { addToBins, POSTERIOR_BINS } from './bins';
import { Box } from './box';
import { CONSTANTS } from './memory-layout';
import { hasLabel, outcomeOfArgmax } from './outcomes';
import { evaluatePair, MAX_PAIR_CLASSES } from './softmax-pair';
import { logitRow, probabilityRow } from './softmax-row';
import { argmaxOf, chosenClass, nearlyLargest } from './argmax';

/** Behind an odd number of classes: its exponential is nothing beside those of remaining. */
const PADDING: f64 = -1e300;

/** The posterior of each sample and the bins: of few classes two samples at a time, else sample by sample. */
export function softmax(box: Box, epsilon: f64): void {
  if (box.classes <= MAX_PAIR_CLASSES) pairs(box, epsilon);
  else rows(box, epsilon);
}

function pairs(box: Box, epsilon: f64): void {
  const inner = box.inner;
  const samples = box.slices * inner;
  const sliceSize = box.classes * inner;
  for (let sample: u32 = 0; sample < samples; sample += 2) {
    // The last of an odd number is a pair with itself, so that its results do not depend on how a batch is divided.
    const second = min(sample + 1, samples - 1);
    const firstSlice = sample / inner;
    const secondSlice = second / inner;
    const first = firstSlice * sliceSize + (sample - firstSlice * inner);
    evaluatePair(box, sample, first, second, secondSlice * sliceSize + (second - secondSlice * inner), epsilon);
  }
}

function rows(box: Box, epsilon: f64): void {
  const classes = box.classes;
  const inner = box.inner;
  const bins = box.bins;
  const offsets = box.offsets;
  const row = box.rows;
  const weights = row + rowBytes(classes);
  const factors = weights + rowBytes(classes);
  const samples = box.slices * inner;
  let position: u32 = 0;
  let slice: u32 = 0;
  for (let sample: u32 = 0; sample < samples; sample++) {
    const first = slice + position;
    if (++position == inner) {
      position = 0;
      slice += classes * inner;
    }
    loadRow(box, first, row);
    const predicted = argmaxOf(row, classes);
    const confidence = box.areProbabilities
      ? probabilityRow(box, row, weights, factors, predicted, epsilon)
      : logitRow(box, row, weights, factors, predicted);
    const isCounted = bins != 0 && hasLabel(box, first, sample);
    if (isCounted) addToBins(bins, f32(confidence), outcomeOfArgmax(box, first, sample, predicted));
    if (!offsets) continue;
    if (classes & 1) store<f64>(weights + (usize(classes) << 3), PADDING);
    const total = normalize(weights, factors, classes);
    if (isCounted) {
      const largest = load<f64>(weights + (usize(argmaxOf(weights, classes)) << 3));
      const chosen = chosenClass(weights, 8, predicted, nearlyLargest(largest));
      const part = load<f64>(weights + (usize(chosen) << 3)) / total;
      addToBins(bins + POSTERIOR_BINS, f32(part), outcomeOfArgmax(box, first, sample, chosen));
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

/** Turns logarithms and factors into weights of 1 at most. @returns their sum */
function normalize(weights: usize, factors: usize, classes: u32): f64 {
  const constants = CONSTANTS;
  const maximum = v128.load64_splat(weights + (usize(argmaxOf(weights, classes)) << 3));
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
