import { Job } from './job';
import { loadPair, storePair } from './sigmoid-pair';
import { expOfFloats, LARGEST, softplus } from './softplus';
import { ClassPair, PAIR_SIZE, pairAt } from './sums';

/** Classes that are worked on together, sample after sample, so that their sums stay in the first-level cache. */
export const TILE: u32 = 128;
/** Samples that are worked on together, so that sums are loaded and stored once for all of them. */
export const BLOCK: u32 = 4;

// What `job.block` points at: of each sample E = e^x and then softplus(x), as float32, and at the end how often each class was
// predicted, as int32.
const ROW: usize = usize(TILE) << 3;
const SOFTPLUS: usize = usize(TILE) << 2;
const PREDICTED: usize = usize(BLOCK) * ROW;

/** Whether the float32 precision of E and softplus is enough, and what is asked for is what `addNegatives` gives. */
export function isQuick(job: Job): bool {
  return job.smallGamma >= 0 && job.smallGamma <= 2 && !job.gradientSquares && !job.elementwise && !job.hessian;
}

/**
 * Takes E and softplus of the sample in `row` of the block, for a number of classes that is divisible by 4.
 *
 * @param at of the predictions
 * @returns whether there is a logit beyond what float32 can do
 */
export function takeRow(job: Job, at: usize, row: u32, classes: u32): bool {
  const constants = job.constants;
  const ZERO = f32x4.splat(0);
  const room = job.block + usize(row) * ROW;
  const predicted = job.block + PREDICTED;
  const size = usize(classes) << 2;
  let largest = ZERO;
  // Two loops, so that more elements are under way at once than fit with both chains of operations behind each other.
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(at + i);
    v128.store(room + i, expOfFloats(x, constants));
    largest = f32x4.pmax(largest, f32x4.abs(x));
  }
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(at + i);
    v128.store(room + i, softplus(x, v128.load(room + i), constants), SOFTPLUS);
    v128.store(predicted + i, i32x4.sub(v128.load(predicted + i), f32x4.ge(x, ZERO)));
  }
  return v128.any_true(f32x4.gt(largest, f32x4.splat(LARGEST)));
}

/**
 * Leaves a pair of elements out, which `takeRow` has taken: with E = 0 and softplus 0 nothing is added for them.
 *
 * @param at of the row's predictions
 * @param first of the two, in the row
 */
export function leaveOut(job: Job, at: usize, row: u32, first: u32): void {
  const offset = usize(first) << 2;
  const e = job.block + usize(row) * ROW + offset;
  store<u64>(e, 0);
  store<u64>(e, 0, SOFTPLUS);
  const count = job.block + PREDICTED + offset;
  const predicted = f32x4.ge(v128.load64_zero(at + offset), f32x4.splat(0));
  v128.store64_lane(count, i32x4.add(v128.load64_zero(count), predicted), 0);
}

export function leaveFourOut(job: Job, at: usize, row: u32, first: u32): void {
  leaveOut(job, at, row, first);
  leaveOut(job, at, row, first + 2);
}

/**
 * Evaluates what is in the block as negatives: γ = 0, 1 or 2, with gradients and sums if asked for.
 *
 * As in `evaluatePair`, with p = 1 / (1 + E) and q = E p.
 *
 * @param element of the first sample and class
 * @param rows samples, `job.classes` elements from one to the next; 1 where lanes are samples
 * @param firstPair options of the first two classes; of the only class where lanes are samples
 */
export function addNegatives(job: Job, element: u32, sample: u32, rows: u32, firstPair: u32, pairs: u32): void {
  if (job.smallGamma == 2) addWithGamma(job, element, sample, rows, firstPair, pairs, 2);
  else if (job.smallGamma == 1) addWithGamma(job, element, sample, rows, firstPair, pairs, 1);
  else addWithGamma(job, element, sample, rows, firstPair, pairs, 0);
}

@inline
function addWithGamma(
  job: Job,
  element: u32,
  sample: u32,
  rows: u32,
  firstPair: u32,
  pairs: u32,
  gamma: i32,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  // Of what is added to the same sums: the next sample of a pair of classes, or the next pair of samples.
  const lanesAreSamples = job.lanesAreSamples != 0;
  const roomStep: usize = lanesAreSamples ? 8 : ROW;
  const step: usize = lanesAreSamples ? 8 : usize(job.classes) << 2;
  const weightStep: usize = lanesAreSamples ? 8 : 4;
  const steps = lanesAreSamples ? pairs : rows;
  const sets: u32 = lanesAreSamples ? 1 : pairs;
  const scale = f64x2.splat(job.scale);
  const hasGradients = job.gradients != 0;
  const weights = job.sampleWeights;
  let options = changetype<usize>(pairAt(job, firstPair));
  for (let i: u32 = 0; i < sets; i++, options += PAIR_SIZE) {
    const pair = changetype<ClassPair>(options);
    const factor = f64x2.mul(pair.negativeAlpha, scale);
    let at = job.block + (usize(i) << 3);
    const end = at + usize(steps) * roomStep;
    let gradient = job.gradients + (usize(element + 2 * i) << 2);
    let weightAt = weights + (usize(sample) << 2);
    let losses = ZERO;
    let crossEntropies = ZERO;
    let slopes = ZERO;
    let pts = ZERO;
    for (; at < end; at += roomStep, gradient += step, weightAt += weightStep) {
      const e = f64x2.promote_low_f32x4(v128.load64_zero(at));
      let minusLogP = f64x2.promote_low_f32x4(v128.load64_zero(at, SOFTPLUS));
      const p = f64x2.div(ONE, f64x2.add(ONE, e));
      const q = f64x2.mul(e, p);
      let slope = q;
      if (gamma == 1) slope = f64x2.add(q, f64x2.mul(p, minusLogP));
      else if (gamma == 2) slope = f64x2.add(q, f64x2.mul(f64x2.add(p, p), minusLogP));
      let weight = ONE;
      if (weights) {
        weight = lanesAreSamples ? loadPair(weightAt, false) : f64x2.splat(load<f32>(weightAt));
        minusLogP = f64x2.mul(minusLogP, weight);
      }
      let loss = minusLogP;
      if (gamma == 1) {
        loss = f64x2.mul(loss, q);
        slope = f64x2.mul(slope, q);
      } else if (gamma == 2) {
        const focus = f64x2.mul(q, q);
        loss = f64x2.mul(loss, focus);
        slope = f64x2.mul(slope, focus);
      }
      if (weights) slope = f64x2.mul(slope, weight);
      if (hasGradients) storePair(gradient, f64x2.mul(slope, factor), false);
      losses = f64x2.add(losses, loss);
      crossEntropies = f64x2.add(crossEntropies, minusLogP);
      slopes = f64x2.add(slopes, slope);
      pts = f64x2.add(pts, v128.and(p, f64x2.ne(e, ZERO)));
    }
    pair.negativeLoss = f64x2.add(pair.negativeLoss, f64x2.mul(losses, pair.negativeAlpha));
    if (!job.allSums) continue;
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, crossEntropies);
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, f64x2.mul(slopes, pair.negativeAlpha));
    pair.negativePt = f64x2.add(pair.negativePt, pts);
  }
}

/**
 * Adds what `takeRow` has counted to the sums, and starts again from 0.
 *
 * @param firstPair as in `addNegatives`
 */
export function addPredicted(job: Job, firstPair: u32, pairs: u32): void {
  let at = job.block + PREDICTED;
  for (let i: u32 = 0; i < pairs; i++, at += 8) {
    const pair = pairAt(job, job.lanesAreSamples ? firstPair : firstPair + i);
    const counts = f64x2.convert_low_i32x4_u(v128.load64_zero(at));
    pair.negativePredicted = f64x2.add(pair.negativePredicted, counts);
    store<u64>(at, 0);
  }
}
