import { IGNORED, KernelParams } from '../kernel-params';
import { reduced } from '../math/exp-float32';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { completeExponentials } from './complete-exponentials';
import { isOutOfRange } from './out-of-range';
import { CROSS_ENTROPY, E_LOW, LABEL, QUAD_SIZE } from './quads';

/** What `loadRow` has found: a label between 0 and 1; vectors with a logit beyond the limit, which it has cleared. */
export const SOFT: u32 = 1;
export const OUT_OF_RANGE: u32 = 2;

/**
 * Loads elements into a row, but clears every vector of four with a logit beyond the limit.
 *
 * @param at address of the predictions
 * @param labelsAt address of the labels; of the sample's class index, if lanes are classes
 * @param count number of elements, a multiple of 4
 * @param c the class of the first element, if labels are class indices
 * @param soft whether labels may be soft; they are positive from ½ on
 * @param limit of |x|
 * @returns 0, SOFT or OUT_OF_RANGE; the row is not loaded if there is a soft label where none may be
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
  // Constants that a loop needs are loaded before it: the loop's stores could overwrite them, as far as compilers know.
  const one = constants.oneFloat32;
  const log2E = constants.log2EFloat32;
  const rounder = constants.rounderFloat32;
  const ln2High = constants.ln2High;
  const ln2Low = constants.ln2Low;
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
        const fromOne = f32x4.sub(one, label);
        positive = f32x4.le(fromOne, label);
        v128.store(quad, v128.andnot(label, ignored), LABEL);
      } else {
        positive = f32x4.eq(label, one);
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
    const rounded = multiplyAdd<f32>(z, log2E, rounder);
    v128.store(quad, v128.andnot(i32x4.add(one, i32x4.shl(rounded, 23)), ignored));
    v128.store(quad, reduced(z, rounded, rounder, ln2High, ln2Low), E_LOW);
  }
  if (!soft && dense && v128.any_true(softLabels)) return SOFT;
  const tooLarge = v128.or(f32x4.gt(largest, f32x4.splat(limit)), f32x4.lt(smallest, f32x4.splat(-limit)));
  const found = v128.any_true(tooLarge) ? OUT_OF_RANGE : 0;
  if (found) clearOutOfRange(row, end, at, limit);
  completeExponentials(row, end, constants);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  from = at;
  if (!soft && params.addedLabel == 0) {
    for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
      const sign = v128.load(quad, CROSS_ENTROPY);
      const high = v128.load(quad);
      const z = v128.xor(v128.load(from), sign);
      const e = f32x4.add(high, v128.load(quad, E_LOW));
      const softplus = addLog1p(e, f32x4.pmax(z, ZERO), one, b1, b2, b3, b4);
      v128.store(quad, v128.or(v128.and(softplus, f32x4.ne(high, ZERO)), sign), CROSS_ENTROPY);
    }
    return found;
  }
  if (params.addedLabel == 0) {
    for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
      const sign = v128.load(quad, CROSS_ENTROPY);
      const high = v128.load(quad);
      const z = v128.xor(v128.load(from), sign);
      const label = v128.load(quad, LABEL);
      const y = f32x4.pmin(label, f32x4.sub(one, label));
      const linear = subtractProduct<f32>(f32x4.pmax(z, ZERO), y, z);
      const e = f32x4.add(high, v128.load(quad, E_LOW));
      const crossEntropy = addLog1p(e, linear, one, b1, b2, b3, b4);
      v128.store(quad, v128.or(v128.and(crossEntropy, f32x4.ne(high, ZERO)), sign), CROSS_ENTROPY);
    }
    return found;
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
      const label = v128.load(quad, LABEL);
      const distance = f32x4.pmin(label, f32x4.sub(one, label));
      y = f32x4.add(f32x4.mul(distance, kept), added);
      yLow = multiplyAdd<f32>(distance, keptLow, addedLow);
    }
    const linear = subtractProduct<f32>(subtractProduct<f32>(f32x4.pmax(z, ZERO), y, z), yLow, z);
    const e = f32x4.add(high, v128.load(quad, E_LOW));
    const crossEntropy = addLog1p(e, linear, one, b1, b2, b3, b4);
    v128.store(quad, v128.or(v128.and(crossEntropy, f32x4.ne(high, ZERO)), sign), CROSS_ENTROPY);
  }
  return found;
}

function clearOutOfRange(row: usize, end: usize, at: usize, limit: f32): void {
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16) {
    if (!isOutOfRange(v128.load(at), limit)) continue;
    v128.store(quad, f32x4.splat(0));
    v128.store(quad, f32x4.splat(0), E_LOW);
  }
}
