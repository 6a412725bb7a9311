import { IGNORED, KernelParams } from '../kernel-params';
import { reduced } from '../math/exp-float32';
import { signBits } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { completeExponentials } from './complete-exponentials';
import { clearOutOfRange, OUT_OF_RANGE } from './out-of-range';
import { DISTANCE, E_LOW, LABEL, QUAD_SIZE } from './quads';

/** What loading a row has found, beside OUT_OF_RANGE: a label of at least ½. */
export const POSITIVE: u32 = 4;

/**
 * As `loadRow`, for labels of the form SOFT_LABELS: e^−|x| and, with ℓ the label before smoothing, its distance from the side that
 * the logit predicts, 1 − ℓ for x ≥ 0 and ℓ for x < 0.
 *
 * @returns OUT_OF_RANGE and POSITIVE, or 0
 */
export function loadSoftRow(
  params: KernelParams,
  row: usize,
  at: usize,
  labelsAt: usize,
  count: u32,
  c: u32,
  limit: f32,
): u32 {
  if (params.dense) return load(params, row, at, labelsAt, count, c, limit, true, false);
  if (params.lanesAreSamples) return load(params, row, at, labelsAt, count, c, limit, false, true);
  return load(params, row, at, labelsAt, count, c, limit, false, false);
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
  limit: f32,
  dense: bool,
  alongSamples: bool,
): u32 {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  // Constants that a loop needs are loaded before it: the loop's stores could overwrite them, as far as compilers know.
  const one = constants.oneFloat32;
  const log2E = constants.log2EFloat32;
  const rounder = constants.rounderFloat32;
  const ln2High = constants.ln2High;
  const ln2Low = constants.ln2Low;
  const SIGN = signBits(one);
  const end = row + (usize(count) << 4);
  const sampleLabel = dense || alongSamples ? ZERO : v128.load32_splat(labelsAt);
  let classes = i32x4.add(i32x4.splat(c), alongSamples ? ZERO : i32x4(0, 1, 2, 3));
  let smallest = ZERO;
  let positives = ZERO;
  let from = at;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16, labelsAt += 16) {
    const x = v128.load(from);
    let label: v128;
    let positive: v128;
    let ignored: v128;
    if (dense) {
      label = v128.load(labelsAt);
      ignored = f32x4.lt(label, ZERO);
      positive = f32x4.le(f32x4.sub(one, label), label);
    } else {
      const index = alongSamples ? v128.load(labelsAt) : sampleLabel;
      positive = i32x4.eq(index, classes);
      ignored = i32x4.eq(index, i32x4.splat(IGNORED));
      label = v128.and(positive, one);
      if (!alongSamples) classes = i32x4.add(classes, i32x4.splat(4));
    }
    positives = v128.or(positives, positive);
    const predicted = v128.andnot(one, i32x4.shr_s(x, 31));
    v128.store(quad, v128.andnot(f32x4.sub(predicted, label), SIGN), DISTANCE);
    v128.store(quad, v128.or(label, i32x4.shl(positive, 31)), LABEL);
    const z = v128.or(x, SIGN);
    smallest = f32x4.pmin(smallest, z);
    const rounded = multiplyAdd<f32>(z, log2E, rounder);
    v128.store(quad, v128.andnot(i32x4.add(one, i32x4.shl(rounded, 23)), ignored));
    v128.store(quad, reduced(z, rounded, rounder, ln2High, ln2Low), E_LOW);
  }
  const isOutOfRange = v128.any_true(f32x4.lt(smallest, f32x4.splat(-limit)));
  if (isOutOfRange) clearOutOfRange(row, end, at, limit);
  completeExponentials(row, end, constants);
  return (isOutOfRange ? OUT_OF_RANGE : 0) | (v128.any_true(positives) ? POSITIVE : 0);
}
