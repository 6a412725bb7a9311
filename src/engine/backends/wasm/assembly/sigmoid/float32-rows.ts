import { IGNORED, KernelParams } from '../kernel-params';
import { reduced } from '../math/exp-float32';
import { multiplyAdd } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { completeExponentials } from './complete-exponentials';
import { clearOutOfRange, OUT_OF_RANGE } from './out-of-range';
import { CROSS_ENTROPY, E_LOW, QUAD_SIZE } from './quads';

/** What `loadRow` has found, if not OUT_OF_RANGE: a label between 0 and 1. */
export const SOFT: u32 = 1;

/**
 * Loads elements with hard labels into a row, but clears every vector of four with a logit beyond the limit.
 *
 * @param at address of the predictions
 * @param labelsAt address of the labels; of the sample's class index, if lanes are classes
 * @param count number of elements, a multiple of 4
 * @param c the class of the first element, if labels are class indices
 * @param limit of |x|
 * @returns 0, SOFT or OUT_OF_RANGE; the row is not loaded if there is a soft label
 */
export function loadRow(
  params: KernelParams,
  row: usize,
  at: usize,
  labelsAt: usize,
  count: u32,
  c: u32,
  limit: f32,
): u32 {
  if (params.dense) return load(params, row, at, labelsAt, count, c, true, false, limit);
  if (params.lanesAreSamples) return load(params, row, at, labelsAt, count, c, false, true, limit);
  return load(params, row, at, labelsAt, count, c, false, false, limit);
}

/** `dense` and `alongSamples` are constants wherever this is inlined. */
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
      positive = f32x4.eq(label, one);
      softLabels = v128.or(softLabels, v128.andnot(f32x4.gt(label, ZERO), positive));
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
  if (dense && v128.any_true(softLabels)) return SOFT;
  const tooLarge = v128.or(f32x4.gt(largest, f32x4.splat(limit)), f32x4.lt(smallest, f32x4.splat(-limit)));
  const found = v128.any_true(tooLarge) ? OUT_OF_RANGE : 0;
  if (found) clearOutOfRange(row, end, at, limit);
  completeExponentials(row, end, constants);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  from = at;
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
