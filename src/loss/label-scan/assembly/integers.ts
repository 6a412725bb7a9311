import { addCounts } from './counts';
import { lanesOf } from './lanes';
import { RESULT } from './memory-layout';

// Each checks a block of `count` dense labels that are integers, counts them, and returns whether all are valid.

/** The byte of an ignored label, beside 0 and 1. */
const IGNORED_BYTE: i8 = -1;

/** @param ignore another byte than 0 and 1; −1 if no byte is ignored */
export function scanBytes(labels: usize, count: u32, ignore: i32): bool {
  const hasIgnored = i8x16.splat(ignore < 0 ? 0 : -1);
  const ignoredByte = i8x16.splat(i8(ignore));
  memory.fill(labels + count, 0, 16);
  let valid = i8x16.splat(-1);
  let ignored = 0;
  let positives = 0;
  for (let i: u32 = 0; i < count; i += 16) {
    const y = v128.load(labels + i);
    const isIgnored = v128.and(i8x16.eq(y, ignoredByte), hasIgnored);
    valid = v128.and(valid, v128.or(i8x16.le_u(y, i8x16.splat(1)), isIgnored));
    ignored += popcnt(i8x16.bitmask(isIgnored));
    positives += popcnt(i8x16.bitmask(i8x16.eq(y, i8x16.splat(1))));
  }
  addCounts(ignored, 0, positives);
  return i8x16.all_true(valid);
}

/** How many of a block's dense labels of 8 bits `scanBytes` rejects. */
export function countRejected(labels: usize, count: u32, ignore: i32): u32 {
  memory.fill(labels + count, 0, 16);
  let rejected = 0;
  for (let i: u32 = 0; i < count; i += 16) rejected += popcnt(rejectedLanes(labels + i, ignore));
  return rejected;
}

/** The first of them from `from` on; `count` if there is none. For a block that `countRejected` has gone through. */
export function nextRejected(labels: usize, from: u32, count: u32, ignore: i32): u32 {
  let lanes = -1 << (from & 15);
  for (let i = from & ~15; i < count; i += 16) {
    lanes &= rejectedLanes(labels + i, ignore);
    if (lanes) return i + ctz(lanes);
    lanes = -1;
  }
  return count;
}

@inline
function rejectedLanes(labels: usize, ignore: i32): i32 {
  const y = v128.load(labels);
  const isIgnored = v128.and(i8x16.eq(y, i8x16.splat(i8(ignore))), i8x16.splat(ignore < 0 ? 0 : -1));
  return i8x16.bitmask(v128.andnot(i8x16.gt_u(y, i8x16.splat(1)), isIgnored));
}

/** Integers become bytes in `RESULT`. */
export function scanIntegers(labels: usize, count: u32, ignore: i32): bool {
  const ignoredInt = i32x4.splat(ignore);
  memory.fill(labels + (usize(count) << 2), 0, 64);
  let valid = i32x4.splat(-1);
  let ignored = 0;
  let positives = 0;
  for (let i: u32 = 0; i < count; i += 16) {
    const at = labels + (usize(i) << 2);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const isIgnoredA = i32x4.eq(a, ignoredInt);
    const isIgnoredB = i32x4.eq(b, ignoredInt);
    const isIgnoredC = i32x4.eq(c, ignoredInt);
    const isIgnoredD = i32x4.eq(d, ignoredInt);
    valid = v128.and(
      v128.and(valid, v128.and(isValid(a, isIgnoredA), isValid(b, isIgnoredB))),
      v128.and(isValid(c, isIgnoredC), isValid(d, isIgnoredD)),
    );
    const y = packed(
      v128.or(a, isIgnoredA),
      v128.or(b, isIgnoredB),
      v128.or(c, isIgnoredC),
      v128.or(d, isIgnoredD),
    );
    v128.store(RESULT + i, y);
    const lanes = lanesOf(count - i, 16);
    ignored += popcnt(i8x16.bitmask(i8x16.eq(y, i8x16.splat(IGNORED_BYTE))) & lanes);
    positives += popcnt(i8x16.bitmask(i8x16.eq(y, i8x16.splat(1))) & lanes);
  }
  addCounts(ignored, 0, positives);
  return !v128.any_true(v128.not(valid));
}

/** Four vectors of 0, 1 and −1 as one of bytes. */
@inline
function packed(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

@inline
function isValid(y: v128, isIgnored: v128): v128 {
  return v128.or(i32x4.le_u(y, i32x4.splat(1)), isIgnored);
}
