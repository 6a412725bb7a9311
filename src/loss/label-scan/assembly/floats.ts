import { addCounts, ignored as ignoredBefore } from './counts';
import { sumOfLanes } from './lanes';
import { RESULT } from './memory-layout';

// Each checks a block of `count` dense labels that are floats, counts them, and writes them to `RESULT` as float32, −1 for those
// that are ignored. They return whether all are valid.
//
// The bits of floats in [0, 1] are ordered as integers. Of float64, the upper halves tell almost all, four at a time.

/**
 * The bits of 1 and those before ½ as float32, those of 1 as float64, and those of −1 as float32. Vectors of them are loaded once;
 * compilers would make other constants again for each use.
 */
const CONSTANTS = memory.data<i32>([0x3f800000, 0x3effffff, 0x3ff00000, -0x40800000]);
const OF_FLOAT64: usize = 8;
const MARK: usize = 12;

/** @param ignore NaN if no float32 is ignored */
export function scanFloats(labels: usize, count: u32, ignore: f32): bool {
  memory.fill(labels + (usize(count) << 2), 0, 16);
  const padding = -count & 3;
  const ignoredFloat = f32x4.splat(ignore);
  const one = v128.load32_splat(CONSTANTS);
  const belowHalf = v128.load32_splat(CONSTANTS, 4);
  const mark = v128.load32_splat(CONSTANTS, MARK);
  let largest = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let positives = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const at = usize(i) << 2;
    // Adding 0 makes 0 of −0.
    const y = f32x4.add(v128.load(labels + at), f32x4.splat(0));
    const isIgnored = f32x4.eq(y, ignoredFloat);
    const other = v128.andnot(y, isIgnored);
    largest = i32x4.max_u(largest, other);
    ignored = i32x4.sub(ignored, isIgnored);
    positives = i32x4.sub(positives, i32x4.gt_s(other, belowHalf));
    v128.store(RESULT + at, v128.or(other, v128.and(isIgnored, mark)));
  }
  addCounts(sumOfLanes(ignored) - (ignore == 0 ? i32(padding) : 0), 0, sumOfLanes(positives));
  return i32x4.all_true(i32x4.le_u(largest, one));
}

/**
 * Float64s are checked before they are rounded, and counted after that, as kernels count them. Most batches have no ignored labels:
 * blocks are scanned as if there were none until there is one.
 */
export function scanDoubles(labels: usize, count: u32, ignore: f64): bool {
  memory.fill(labels + (usize(count) << 3), 0, 32);
  const mayHaveNone = ignoredBefore == 0 && !(ignore >= 0 && ignore <= 1);
  return (mayHaveNone && scanBlock(labels, count, ignore, false)) || scanBlock(labels, count, ignore, true);
}

/** Counts nothing if it returns false. `hasIgnored` is a constant wherever this is inlined. */
@inline
function scanBlock(labels: usize, count: u32, ignore: f64, hasIgnored: bool): bool {
  const padding = -count & 3;
  const ignoredDouble = f64x2.splat(ignore);
  const one = v128.load32_splat(CONSTANTS, OF_FLOAT64);
  const belowHalf = v128.load32_splat(CONSTANTS, 4);
  const mark = v128.load32_splat(CONSTANTS, MARK);
  let largest = i32x4.splat(0);
  let aboveOne = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let positives = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const from = labels + (usize(i) << 3);
    // Adding 0 makes 0 of −0.
    const a = f64x2.add(v128.load(from), f64x2.splat(0));
    const b = f64x2.add(v128.load(from, 16), f64x2.splat(0));
    let upper = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const lower = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    let rounded = v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
    if (hasIgnored) {
      const isIgnored = v128.shuffle<i32>(f64x2.eq(a, ignoredDouble), f64x2.eq(b, ignoredDouble), 0, 2, 4, 6);
      upper = v128.andnot(upper, isIgnored);
      ignored = i32x4.sub(ignored, isIgnored);
      rounded = v128.bitselect(mark, rounded, isIgnored);
    }
    largest = i32x4.max_u(largest, upper);
    aboveOne = v128.or(aboveOne, v128.and(lower, i32x4.eq(upper, one)));
    positives = i32x4.sub(positives, i32x4.gt_s(rounded, belowHalf));
    v128.store(RESULT + (usize(i) << 2), rounded);
  }
  if (!i32x4.all_true(i32x4.le_u(largest, one)) || v128.any_true(aboveOne)) return false;
  addCounts(sumOfLanes(ignored) - (ignore == 0 ? i32(padding) : 0), 0, sumOfLanes(positives));
  return true;
}
