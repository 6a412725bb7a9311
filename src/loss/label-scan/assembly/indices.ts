import { addCounts } from './counts';
import { sumOfLanes } from './lanes';
import { RESULT } from './memory-layout';

const BACKGROUND: i32 = -2;

/**
 * Checks a block of `count` class indices, counts them, and writes those of a batch to `RESULT`.
 *
 * @param background the same as `ignore` if there is none: a label that is both is ignored
 * @returns whether all are valid
 */
export function scanIndices(labels: usize, count: u32, classes: i32, ignore: i32, background: i32): bool {
  return background == ignore
    ? scan(labels, count, classes, ignore, background, false, true, false)
    : scan(labels, count, classes, ignore, background, false, true, true);
}

/**
 * Likewise of integers of 64 bits, which must be int32: narrowing them first would take a pass more.
 *
 * @param signed whether they are
 */
export function scanLongIndices(
  labels: usize,
  count: u32,
  classes: i32,
  ignore: i32,
  background: i32,
  signed: bool,
): bool {
  if (background != ignore) return scan(labels, count, classes, ignore, background, true, signed, true);
  return signed
    ? scan(labels, count, classes, ignore, background, true, true, false)
    : scan(labels, count, classes, ignore, background, true, false, false);
}

/** `isLong` and `hasBackground` are constants wherever this is inlined, and `signed` mostly is. */
@inline
function scan(
  labels: usize,
  count: u32,
  classes: i32,
  ignore: i32,
  background: i32,
  isLong: bool,
  signed: bool,
  hasBackground: bool,
): bool {
  // The last vector is filled up with class 0, whatever that means.
  const padding = i32(-count & 3);
  const shift: usize = isLong ? 3 : 2;
  memory.fill(labels + (usize(count) << shift), 0, usize(padding) << shift);
  const ignoredInt = i32x4.splat(ignore);
  const backgroundInt = i32x4.splat(background);
  let largest = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let special = i32x4.splat(0);
  let lost = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const at = labels + (usize(i) << shift);
    let label = v128.load(at);
    if (isLong) {
      const next = v128.load(at, 16);
      const high = v128.shuffle<i32>(label, next, 1, 3, 5, 7);
      label = v128.shuffle<i32>(label, next, 0, 2, 4, 6);
      const sign = i32x4.shr_s(label, 31);
      lost = v128.or(lost, signed ? v128.xor(high, sign) : v128.or(high, sign));
    }
    const isIgnored = i32x4.eq(label, ignoredInt);
    // All bits of −1 are set, and a lane of a mask is −1.
    let result = v128.or(label, isIgnored);
    let isSpecial = isIgnored;
    if (hasBackground) {
      const isBackground = v128.andnot(i32x4.eq(label, backgroundInt), isIgnored);
      isSpecial = v128.or(isIgnored, isBackground);
      result = v128.bitselect(i32x4.splat(BACKGROUND), result, isBackground);
      special = i32x4.sub(special, isBackground);
    }
    ignored = i32x4.sub(ignored, isIgnored);
    largest = i32x4.max_u(largest, v128.andnot(label, isSpecial));
    v128.store(RESULT + (usize(i) << 2), result);
  }
  const ofIgnored = sumOfLanes(ignored) - (ignore == 0 ? padding : 0);
  const ofBackground = sumOfLanes(special) - (hasBackground && background == 0 ? padding : 0);
  addCounts(ofIgnored, ofBackground, i32(count) - ofIgnored - ofBackground);
  return i32x4.all_true(i32x4.lt_u(largest, i32x4.splat(classes))) && !v128.any_true(lost);
}
