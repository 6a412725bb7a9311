import { addCounts } from './counts';
import { lanesOf } from './lanes';
import { RESULT } from './memory-layout';

// Each checks a block of `count` dense labels, counts them, and returns whether all are valid.

/** The byte of an ignored label, beside 0 and 1. */
const IGNORED_BYTE: i8 = -1;
const IGNORED: f32 = -1;

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

/**
 * @param ignore NaN if no float32 is ignored
 * @param marks whether float32s become those of a batch in `RESULT`
 */
export function scanFloats(labels: usize, count: u32, ignore: f32, marks: bool): bool {
  const ignoredFloat = f32x4.splat(ignore);
  memory.fill(labels + (usize(count) << 2), 0, 64);
  let valid = i32x4.splat(-1);
  let ignored = 0;
  let positives = 0;
  for (let i: u32 = 0; i < count; i += 16) {
    const at = usize(i) << 2;
    const a = v128.load(labels + at);
    const b = v128.load(labels + at, 16);
    const c = v128.load(labels + at, 32);
    const d = v128.load(labels + at, 48);
    const isIgnoredA = f32x4.eq(a, ignoredFloat);
    const isIgnoredB = f32x4.eq(b, ignoredFloat);
    const isIgnoredC = f32x4.eq(c, ignoredFloat);
    const isIgnoredD = f32x4.eq(d, ignoredFloat);
    valid = v128.and(
      v128.and(valid, v128.and(isValidFloat(a, isIgnoredA), isValidFloat(b, isIgnoredB))),
      v128.and(isValidFloat(c, isIgnoredC), isValidFloat(d, isIgnoredD)),
    );
    if (marks) {
      const mark = f32x4.splat(IGNORED);
      v128.store(RESULT + at, v128.bitselect(mark, a, isIgnoredA));
      v128.store(RESULT + at, v128.bitselect(mark, b, isIgnoredB), 16);
      v128.store(RESULT + at, v128.bitselect(mark, c, isIgnoredC), 32);
      v128.store(RESULT + at, v128.bitselect(mark, d, isIgnoredD), 48);
    }
    const half = f32x4.splat(0.5);
    const isPositive = packed(f32x4.ge(a, half), f32x4.ge(b, half), f32x4.ge(c, half), f32x4.ge(d, half));
    const isIgnored = packed(isIgnoredA, isIgnoredB, isIgnoredC, isIgnoredD);
    const lanes = lanesOf(count - i, 16);
    ignored += popcnt(i8x16.bitmask(isIgnored) & lanes);
    positives += popcnt(i8x16.bitmask(v128.andnot(isPositive, isIgnored)) & lanes);
  }
  addCounts(ignored, 0, positives);
  return !v128.any_true(v128.not(valid));
}

/** The bits of floats in [0, 1] are ordered as integers; adding 0 makes 0 of −0. */
@inline
function isValidFloat(y: v128, isIgnored: v128): v128 {
  return v128.or(i32x4.le_u(f32x4.add(y, f32x4.splat(0)), f32x4.splat(1)), isIgnored);
}

/** Float64s become float32s in `RESULT`, once they have been checked and counted. */
export function scanDoubles(labels: usize, count: u32, ignore: f64): bool {
  const ignoredDouble = f64x2.splat(ignore);
  memory.fill(labels + (usize(count) << 3), 0, 64);
  let valid = i32x4.splat(-1);
  let ignored = 0;
  let positives = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const from = labels + (usize(i) << 3);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const isIgnoredAb = halve(f64x2.eq(a, ignoredDouble), f64x2.eq(b, ignoredDouble));
    const isIgnoredCd = halve(f64x2.eq(c, ignoredDouble), f64x2.eq(d, ignoredDouble));
    valid = v128.and(
      valid,
      v128.and(
        v128.or(halve(isInRange(a), isInRange(b)), isIgnoredAb),
        v128.or(halve(isInRange(c), isInRange(d)), isIgnoredCd),
      ),
    );
    const to = RESULT + (usize(i) << 2);
    v128.store(to, v128.bitselect(f32x4.splat(IGNORED), demote(a, b), isIgnoredAb));
    v128.store(to, v128.bitselect(f32x4.splat(IGNORED), demote(c, d), isIgnoredCd), 16);
    const half = f64x2.splat(0.5);
    const isPositiveAb = halve(f64x2.ge(a, half), f64x2.ge(b, half));
    const isPositiveCd = halve(f64x2.ge(c, half), f64x2.ge(d, half));
    const isIgnored = i16x8.narrow_i32x4_s(isIgnoredAb, isIgnoredCd);
    const lanes = lanesOf(count - i, 8);
    ignored += popcnt(i16x8.bitmask(isIgnored) & lanes);
    positives += popcnt(
      i16x8.bitmask(v128.andnot(i16x8.narrow_i32x4_s(isPositiveAb, isPositiveCd), isIgnored)) & lanes,
    );
  }
  addCounts(ignored, 0, positives);
  return !v128.any_true(v128.not(valid));
}

@inline
function isInRange(y: v128): v128 {
  return v128.and(f64x2.ge(y, f64x2.splat(0)), f64x2.le(y, f64x2.splat(1)));
}

/** Masks of 64 bits as masks of 32. */
@inline
function halve(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

@inline
function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
