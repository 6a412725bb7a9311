import { addCounts } from './counts';
import { lanesOf } from './lanes';
import { RESULT } from './memory-layout';

/** As `scanIntegers`, of integers of 64 bits, which must be int32: narrowing them first would take a pass more. */
export function scanLongIntegers(labels: usize, count: u32, ignore: i32, signed: bool): bool {
  return signed ? scan(labels, count, ignore, true) : scan(labels, count, ignore, false);
}

/** `signed` is a constant wherever this is inlined. */
@inline
function scan(labels: usize, count: u32, ignore: i32, signed: bool): bool {
  const ignoredInt = i32x4.splat(ignore);
  memory.fill(labels + (usize(count) << 3), 0, 64);
  let valid = i32x4.splat(-1);
  let lost = i32x4.splat(0);
  let ignored = 0;
  let positives = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const at = labels + (usize(i) << 3);
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const next = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
    lost = v128.or(lost, lostBits(v128.shuffle<i32>(a, b, 1, 3, 5, 7), low, signed));
    lost = v128.or(lost, lostBits(v128.shuffle<i32>(c, d, 1, 3, 5, 7), next, signed));
    const isIgnored = i32x4.eq(low, ignoredInt);
    const isNextIgnored = i32x4.eq(next, ignoredInt);
    valid = v128.and(valid, v128.and(isValid(low, isIgnored), isValid(next, isNextIgnored)));
    const words = i16x8.narrow_i32x4_s(v128.or(low, isIgnored), v128.or(next, isNextIgnored));
    const y = i8x16.narrow_i16x8_s(words, words);
    v128.store64_lane(RESULT + i, y, 0);
    const lanes = lanesOf(count - i, 8);
    ignored += popcnt(i8x16.bitmask(y) & lanes);
    positives += popcnt(i8x16.bitmask(i8x16.eq(y, i8x16.splat(1))) & lanes);
  }
  addCounts(ignored, 0, positives);
  return i32x4.all_true(valid) && !v128.any_true(lost);
}

/** 0 where the upper half of an integer only repeats the sign of the lower one, or is 0 if it is unsigned. */
@inline
function lostBits(high: v128, low: v128, signed: bool): v128 {
  const sign = i32x4.shr_s(low, 31);
  return signed ? v128.xor(high, sign) : v128.or(high, sign);
}

@inline
function isValid(y: v128, isIgnored: v128): v128 {
  return v128.or(i32x4.le_u(y, i32x4.splat(1)), isIgnored);
}
