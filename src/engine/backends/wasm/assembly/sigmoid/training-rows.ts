import { IGNORED, KernelParams } from '../kernel-params';
import { powerSeries, reduced, roundedExponent } from '../math/exp-float32';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { TILE } from './negatives';

// The rows of a training block, one quad for four elements. With z = −x for a positive and z = x for a negative
// label, or, of soft labels, for one that is nearer to 1 and to 0, a quad has
//   e^z as the sum of two numbers, both 0 where a label is ignored; after evaluation the loss and the gradient's magnitude
//   the cross-entropy, which is never negative; the sign is that of the label instead: negative for a positive one
//   the distance of the label from the nearer of 0 and 1, before smoothing, if labels may be soft; after evaluation p_t
export const QUAD_SIZE: usize = 64;
/** Of the longest row. */
export const QUADS: usize = usize(TILE) >> 2;
export const E_LOW: usize = 16;
export const CROSS_ENTROPY: usize = 32;
export const DISTANCE: usize = 48;
export const LOSS: usize = 0;
export const GRADIENT_L1: usize = 16;
export const PT: usize = 48;

/** Samples that are evaluated together, so that sums are loaded and stored once for all of them. */
export const TRAINING_ROWS: u32 = 16;
/** After the rows, the factors of all three forms of labels. */
export const FACTORS: usize = usize(TRAINING_ROWS) * QUADS * QUAD_SIZE;

/** What `loadRow` has found: a label between 0 and 1; a logit beyond the limit. */
export const SOFT: u32 = 1;
export const OUT_OF_RANGE: u32 = 2;

/**
 * Loads elements into a row.
 *
 * @param at address of the predictions
 * @param labelsAt address of the labels; of the sample's class index, if lanes are classes
 * @param count number of elements, a multiple of 4 up to TILE
 * @param c the class of the first element, if labels are class indices
 * @param soft whether labels may be soft; they are positive from ½ on
 * @param limit of |x|
 * @returns 0 if the row is loaded
 */
export function loadRow(
  params: KernelParams,
  row: usize,
  at: usize,
  labelsAt: usize,
  count: u32,
  c: u32,
  soft: bool,
  limit: f32,
): u32 {
  if (params.dense) {
    if (soft) return load(params, row, at, labelsAt, count, c, true, false, true, limit);
    return load(params, row, at, labelsAt, count, c, true, false, false, limit);
  }
  if (params.lanesAreSamples) return load(params, row, at, labelsAt, count, c, false, true, false, limit);
  return load(params, row, at, labelsAt, count, c, false, false, false, limit);
}

/** `dense`, `alongSamples` and `soft` are constants wherever this is inlined. */
@inline
function load(
  params: KernelParams,
  row: usize,
  at: usize,
  labelsAt: usize,
  count: u32,
  c: u32,
  dense: bool,
  alongSamples: bool,
  soft: bool,
  limit: f32,
): u32 {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const end = row + (usize(count) << 4);
  const sampleLabel = dense || alongSamples ? ZERO : v128.load32_splat(labelsAt);
  const step = i32x4.splat(alongSamples ? 0 : 4);
  let classes = i32x4.add(i32x4.splat(c), alongSamples ? ZERO : i32x4(0, 1, 2, 3));
  let softLabels = ZERO;
  let largest = ZERO;
  let smallest = ZERO;
  // Three loops, because the processor overlaps more elements with short dependency chains than with one long chain.
  let from = at;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16, labelsAt += 16) {
    const x = v128.load(from);
    let positive: v128;
    let ignored: v128;
    if (dense) {
      const label = v128.load(labelsAt);
      ignored = f32x4.lt(label, ZERO);
      if (soft) {
        const fromOne = f32x4.sub(constants.oneFloat32, label);
        positive = f32x4.le(fromOne, label);
        v128.store(quad, v128.andnot(f32x4.pmin(fromOne, label), ignored), DISTANCE);
      } else {
        positive = f32x4.eq(label, constants.oneFloat32);
        softLabels = v128.or(softLabels, v128.andnot(f32x4.gt(label, ZERO), positive));
      }
    } else {
      const label = alongSamples ? v128.load(labelsAt) : sampleLabel;
      positive = i32x4.eq(label, classes);
      ignored = i32x4.eq(label, i32x4.splat(IGNORED));
      if (!alongSamples) classes = i32x4.add(classes, step);
    }
    const sign = i32x4.shl(positive, 31);
    largest = f32x4.pmax(largest, x);
    smallest = f32x4.pmin(smallest, x);
    v128.store(quad, sign, CROSS_ENTROPY);
    const z = v128.xor(x, sign);
    const rounded = roundedExponent(z, constants);
    v128.store(quad, v128.andnot(i32x4.add(constants.oneFloat32, i32x4.shl(rounded, 23)), ignored));
    const r = reduced(z, rounded, constants.rounderFloat32, constants.ln2High, constants.ln2Low);
    v128.store(quad, r, E_LOW);
  }
  if (!soft && dense && v128.any_true(softLabels)) return SOFT;
  const tooLarge = v128.or(f32x4.gt(largest, f32x4.splat(limit)), f32x4.lt(smallest, f32x4.splat(-limit)));
  if (v128.any_true(tooLarge)) return OUT_OF_RANGE;
  for (let quad = row; quad < end; quad += QUAD_SIZE) {
    const r = v128.load(quad, E_LOW);
    const u = powerSeries(r, constants.g2, constants.g3, constants.g4, constants.g5, constants.g6);
    v128.store(quad, f32x4.mul(v128.load(quad), u), E_LOW);
  }
  from = at;
  if (!soft && params.addedLabel == 0) {
    for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
      const sign = v128.load(quad, CROSS_ENTROPY);
      const high = v128.load(quad);
      const z = v128.xor(v128.load(from), sign);
      const softplus = addLog1p(f32x4.add(high, v128.load(quad, E_LOW)), f32x4.pmax(z, ZERO), constants);
      v128.store(quad, v128.or(v128.and(softplus, f32x4.ne(high, ZERO)), sign), CROSS_ENTROPY);
    }
    return 0;
  }
  // The digits that the smoothed label lacks in float32 are the same for all elements, so that they do not average out.
  const kept = f32x4.splat(f32(params.keptLabel));
  const keptLow = f32x4.splat(f32(params.keptLabel - f32(params.keptLabel)));
  const addedHigh = f32(Math.round(params.addedLabel * 4096) / 4096);
  const added = f32x4.splat(addedHigh);
  const addedLow = f32x4.splat(f32(params.addedLabel - addedHigh));
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
    const sign = v128.load(quad, CROSS_ENTROPY);
    const high = v128.load(quad);
    const z = v128.xor(v128.load(from), sign);
    let y = added;
    let yLow = addedLow;
    if (soft) {
      const distance = v128.load(quad, DISTANCE);
      y = f32x4.add(f32x4.mul(distance, kept), added);
      yLow = multiplyAdd<f32>(distance, keptLow, addedLow);
    }
    const n = f32x4.sub(constants.oneFloat32, y);
    // (1 − y) z for z > 0 and −y z for z < 0.
    const linear = f32x4.pmax(f32x4.mul(n, z), f32x4.sub(ZERO, f32x4.mul(y, z)));
    const crossEntropy = addLog1p(
      f32x4.add(high, v128.load(quad, E_LOW)),
      subtractProduct<f32>(linear, yLow, z),
      constants,
    );
    v128.store(quad, v128.or(v128.and(crossEntropy, f32x4.ne(high, ZERO)), sign), CROSS_ENTROPY);
  }
  return 0;
}
