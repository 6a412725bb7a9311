import { IGNORED, KernelParams } from '../kernel-params';
import { SOFT } from './float32-rows';
import { clearOutOfRange, isOutOfRange, OUT_OF_RANGE } from './out-of-range';
import { CROSS_ENTROPY, QUAD_SIZE } from './quads';

/**
 * As `loadRow`, for `evaluateMarginRow`: of the elements, only the labels. In place of e^z is 1, or 0 for those that contribute
 * nothing, and in place of the cross-entropy the sign of the label.
 */
export function loadMarginRow(
  params: KernelParams,
  row: usize,
  at: usize,
  labelsAt: usize,
  count: u32,
  c: u32,
  limit: f32,
): u32 {
  const one = params.constants.oneFloat32;
  const none = f32x4.splat(0);
  const dense = params.dense != 0;
  const ofSamples = dense || params.lanesAreSamples != 0;
  const end = row + (usize(count) << 4);
  const sampleLabel = ofSamples ? none : v128.load32_splat(labelsAt);
  const step = i32x4.splat(ofSamples ? 0 : 4);
  let classes = i32x4.add(i32x4.splat(c), ofSamples ? none : i32x4(0, 1, 2, 3));
  let soft = none;
  let found: u32 = 0;
  let from = at;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16, labelsAt += 16) {
    const label = ofSamples ? v128.load(labelsAt) : sampleLabel;
    let positive = i32x4.eq(label, classes);
    let ignored = i32x4.eq(label, i32x4.splat(IGNORED));
    if (dense) {
      positive = f32x4.eq(label, one);
      ignored = f32x4.lt(label, none);
      soft = v128.or(soft, v128.andnot(f32x4.gt(label, none), positive));
    }
    classes = i32x4.add(classes, step);
    v128.store(quad, v128.andnot(one, ignored));
    v128.store(quad, i32x4.shl(positive, 31), CROSS_ENTROPY);
    if (isOutOfRange(v128.load(from), limit)) found = OUT_OF_RANGE;
  }
  if (v128.any_true(soft)) return SOFT;
  if (found) clearOutOfRange(row, end, at, limit);
  return found;
}
