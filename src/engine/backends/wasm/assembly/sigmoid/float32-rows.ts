import { IGNORED, KernelParams } from '../kernel-params';
import { TILE } from './negatives';
import { MAX_EXP_ARGUMENT, softplus, storeExp } from '../math/softplus';
import { pairAt } from '../sums';

/** Samples that are processed together, so that sums are loaded and stored once for all of them. */
export const ROWS_PER_BLOCK: u32 = 8;

// The float32 fast path. With z = −x for a positive and z = x for a negative label, one formula serves both,
// as in `evaluatePair`. A row of `params.block` has E = e^z, as the sum of two numbers, and softplus(z), all 0 for elements
// that contribute nothing. The sign of softplus(z), which is never negative, is that of the label instead: negative for a
// positive one.
export const ROW: usize = usize(TILE) << 4;
export const E_LOW: usize = usize(TILE) << 2;
export const SOFTPLUS: usize = usize(TILE) << 3;
/**
 * If labels may be soft, the distance of a label from the nearer of 0 and 1, or ½ where an element contributes nothing; and in
 * place of softplus(z), 1 with that sign.
 */
export const DISTANCE: usize = usize(TILE) * 12;

// After the rows, counts as int32 for each class of the tile, or for each lane if lanes are samples of one class.
const COUNTS: usize = usize(ROWS_PER_BLOCK) * ROW;
const COUNTS_SIZE: usize = 512;
const NEGATIVES_PREDICTED: usize = 0;
const POSITIVES: usize = COUNTS_SIZE;
const POSITIVES_PREDICTED: usize = 2 * COUNTS_SIZE;
const IGNORED_LABELS: usize = 3 * COUNTS_SIZE;

/** The size of rows and counts in bytes. */
export const BLOCK_OF_ROWS: usize = COUNTS + 4 * COUNTS_SIZE;

/** What `loadFloat32Row` has found. */
export const SOFT: u32 = 1;
export const OUT_OF_RANGE: u32 = 2;

/**
 * Loads elements into a row of the block and counts them, but leaves out every vector of four with a logit outside the range
 * of the float32 exponential.
 *
 * @param at address of the predictions
 * @param labelsAt address of the labels; of the sample's class index, if lanes are classes
 * @param count number of elements, a multiple of 4 up to TILE
 * @param c the class of the first element, if labels are class indices
 * @param soft whether labels may be soft; they are positive from ½ on
 * @returns SOFT if a label is neither 0, 1 nor IGNORED; or OUT_OF_RANGE if vectors were left out; or 0
 */
export function loadFloat32Row(params: KernelParams, at: usize, labelsAt: usize, row: u32, count: u32, c: u32, soft: bool): u32 {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const SIGN = f32x4.splat(-0.0);
  const target = params.block + usize(row) * ROW;
  const counts = params.block + COUNTS;
  const size = usize(count) << 2;
  const sampleLabel = params.dense || params.lanesAreSamples ? ZERO : v128.load32_splat(labelsAt);
  const classStep = i32x4.splat(params.lanesAreSamples ? 0 : 4);
  let classes = i32x4.add(i32x4.splat(c), params.lanesAreSamples ? ZERO : i32x4(0, 1, 2, 3));
  let softLabels = ZERO;
  let outOfRange = ZERO;
  // Two loops, because the processor overlaps more elements with two short dependency chains than with one long chain.
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(at + i);
    let positive: v128;
    let ignored: v128;
    if (params.dense) {
      const label = v128.load(labelsAt + i);
      ignored = f32x4.eq(label, f32x4.splat(f32(IGNORED)));
      if (soft) {
        positive = f32x4.ge(label, f32x4.splat(0.5));
        const fromOne = f32x4.sub(constants.oneFloat32, label);
        const distance = v128.bitselect(fromOne, label, positive);
        v128.store(target + i, v128.bitselect(f32x4.splat(0.5), distance, ignored), DISTANCE);
      } else {
        positive = f32x4.eq(label, constants.oneFloat32);
        softLabels = v128.or(softLabels, v128.andnot(f32x4.ne(label, ZERO), v128.or(positive, ignored)));
      }
    } else {
      const label = params.lanesAreSamples ? v128.load(labelsAt + i) : sampleLabel;
      positive = i32x4.eq(label, classes);
      ignored = i32x4.eq(label, i32x4.splat(IGNORED));
      classes = i32x4.add(classes, classStep);
      if (soft) v128.store(target + i, v128.and(ignored, f32x4.splat(0.5)), DISTANCE);
    }
    const sign = v128.and(positive, SIGN);
    v128.store(target + i, soft ? v128.or(sign, constants.oneFloat32) : sign, SOFTPLUS);
    const tooLarge = f32x4.gt(f32x4.abs(x), f32x4.splat(MAX_EXP_ARGUMENT));
    if (v128.any_true(tooLarge)) {
      outOfRange = i32x4.splat(-1);
      v128.store(target + i, ZERO);
      v128.store(target + i, ZERO, E_LOW);
      if (soft) v128.store(target + i, f32x4.splat(0.5), DISTANCE);
      continue;
    }
    storeExp(target + i, E_LOW, v128.xor(x, sign), v128.not(ignored), constants);
    if (!params.allSums) continue;
    const predicted = f32x4.ge(x, ZERO);
    increment(counts + i, v128.andnot(predicted, v128.or(positive, ignored)), NEGATIVES_PREDICTED);
    increment(counts + i, positive, POSITIVES);
    increment(counts + i, v128.and(predicted, positive), POSITIVES_PREDICTED);
    increment(counts + i, ignored, IGNORED_LABELS);
  }
  if (v128.any_true(softLabels)) return SOFT;
  for (let i: usize = 0; !soft && i < size; i += 16) {
    const sign = v128.load(target + i, SOFTPLUS);
    const e = v128.load(target + i);
    const z = v128.xor(v128.load(at + i), sign);
    const size = v128.and(softplus(z, e, constants), f32x4.ne(e, ZERO));
    v128.store(target + i, v128.or(size, sign), SOFTPLUS);
  }
  return v128.any_true(outOfRange) ? OUT_OF_RANGE : 0;
}

/** Adds 1 to the counts of the lanes of a mask. */
@inline
function increment(counts: usize, mask: v128, offset: usize): void {
  const at = counts + offset;
  v128.store(at, i32x4.sub(v128.load(at), mask));
}

/**
 * Adds what `loadFloat32Row` has counted to the sums, and resets the counts to 0. `countNegatives` counts all elements as
 * negative, so that here the remaining ones are subtracted.
 *
 * @param firstPair as in `addHardRows`
 * @param pairs number of pairs of counts
 */
export function addCounts(params: KernelParams, firstPair: u32, pairs: u32): void {
  const counts = params.block + COUNTS;
  for (let i: u32 = 0; i < pairs; i++) {
    const pair = pairAt(params, params.lanesAreSamples ? firstPair : firstPair + i);
    const at = counts + (usize(i) << 3);
    const positives = countsAt(at, POSITIVES);
    const remaining = f64x2.add(positives, countsAt(at, IGNORED_LABELS));
    pair.negativePredicted = f64x2.add(pair.negativePredicted, countsAt(at, NEGATIVES_PREDICTED));
    pair.positivePredicted = f64x2.add(pair.positivePredicted, countsAt(at, POSITIVES_PREDICTED));
    pair.positiveCount = f64x2.add(pair.positiveCount, positives);
    pair.negativeCount = f64x2.sub(pair.negativeCount, remaining);
  }
  memory.fill(counts, 0, 4 * COUNTS_SIZE);
}

@inline
function countsAt(at: usize, offset: usize): v128 {
  return f64x2.convert_low_i32x4_u(v128.load64_zero(at + offset));
}
