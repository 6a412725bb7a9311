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
    ? scan(labels, count, classes, ignore, background, false)
    : scan(labels, count, classes, ignore, background, true);
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
  if (background != ignore) return scanLong(labels, count, classes, ignore, background, signed, true);
  return signed
    ? scanLong(labels, count, classes, ignore, background, true, false)
    : scanLong(labels, count, classes, ignore, background, false, false);
}

/** `hasBackground` is a constant wherever this is inlined, and `signed` mostly is. */
@inline
function scanLong(
  labels: usize,
  count: u32,
  classes: i32,
  ignore: i32,
  background: i32,
  signed: bool,
  hasBackground: bool,
): bool {
  // The last vector is filled up with class 0, whatever that means.
  const padding = i32(-count & 3);
  memory.fill(labels + (usize(count) << 3), 0, 32);
  const ignoredInt = i32x4.splat(ignore);
  const backgroundInt = i32x4.splat(background);
  let largest = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let special = i32x4.splat(0);
  let lost = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const at = usize(i) << 3;
    const a = v128.load(labels + at);
    const b = v128.load(labels + at, 16);
    const label = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const sign = i32x4.shr_s(label, 31);
    lost = v128.or(lost, signed ? v128.xor(high, sign) : v128.or(high, sign));
    const isIgnored = i32x4.eq(label, ignoredInt);
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

@inline
function scan(labels: usize, count: u32, classes: i32, ignore: i32, background: i32, hasBackground: bool): bool {
  const padding = -count & 3;
  fillWithIgnored(labels + (usize(count) << 2), padding, ignore);
  const ignoredInt = i32x4.splat(ignore);
  const backgroundInt = i32x4.splat(background);
  let largest = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let special = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const at = usize(i) << 2;
    const label = v128.load(labels + at);
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
    v128.store(RESULT + at, result);
  }
  const ofIgnored = sumOfLanes(ignored) - i32(padding);
  const ofBackground = sumOfLanes(special);
  addCounts(ofIgnored, ofBackground, i32(count) - ofIgnored - ofBackground);
  return i32x4.all_true(i32x4.lt_u(largest, i32x4.splat(classes)));
}

function fillWithIgnored(at: usize, count: u32, ignore: i32): void {
  for (let i: u32 = 0; i < count; i++) store<i32>(at + (usize(i) << 2), ignore);
}
