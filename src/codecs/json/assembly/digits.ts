import { ZERO } from './ascii';

// Runs of decimal digits, 16 at a time. Constants lie in memory, since JavaScript engines build vector literals anew each time.

const LANE_INDICES: usize = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 16);
const ZEROS: usize = memory.data<u8>([48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48], 16);
const NINES: usize = memory.data<u8>([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 16);
const MINUSES: usize = memory.data<u8>([45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45], 16);
const TWELVES: usize = memory.data<u8>([12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12], 16);
const LOW_BYTES: usize = memory.data<u16>([255, 255, 255, 255, 255, 255, 255, 255], 16);
const TENS: usize = memory.data<u16>([10, 10, 10, 10, 10, 10, 10, 10], 16);
const HUNDREDS: usize = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1], 16);
const TEN_THOUSANDS: usize = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1], 16);

/** A bit for each of the 16 bytes from `at`, the first byte in the lowest bit: whether it is a digit. */
@inline
export function digitMask(at: usize): u32 {
  return i8x16.bitmask(i8x16.le_u(i8x16.sub(v128.load(at), v128.load(ZEROS)), v128.load(NINES)));
}

/** The same for 32 bytes. */
@inline
export function digitMask32(at: usize): u32 {
  return digitMask(at) | (digitMask(at + 16) << 16);
}

/** How many of the 16 bytes from `at` on may belong to a number: digits, `-`, `.`, and `/`, whose code lies between them. */
@inline
export function numberLength(at: usize): u32 {
  const isPart = i8x16.le_u(i8x16.sub(v128.load(at), v128.load(MINUSES)), v128.load(TWELVES));
  return ctz(~i8x16.bitmask(isPart));
}

/** The first address from `start` on that has no digit; there must be one. */
export function skipDigits(start: usize): usize {
  let at = start;
  for (;;) {
    const nonDigits = ~digitMask32(at);
    if (nonDigits) return at + ctz(nonDigits);
    at += 32;
  }
  return at;
}

/**
 * The integer that the `count` digits from `start` stand for, 1 to 15 of them, a point after the first `whole` being
 * none of them.
 */
@inline
export function pointedInteger(start: usize, count: u32, whole: u32): u64 {
  // Moves the last digit to the last lane. Lanes before the first digit take from negative indices, which gives 0.
  const indices = i8x16.add(v128.load(LANE_INDICES), i8x16.splat(i8(count - 16)));
  const behindPoint = i8x16.ge_s(indices, i8x16.splat(i8(whole)));
  const digits = i8x16.sub(v128.load(start), v128.load(ZEROS));
  return integerOf(i8x16.swizzle(digits, i8x16.sub(indices, behindPoint)));
}

/** The integer that the digits from `start` to `end` stand for, 19 at most, or none. */
@inline
export function integer(start: usize, end: usize): u64 {
  const low = integerOf(digitsBefore(end, start));
  return end - start > 16 ? low + integerOf(digitsBefore(end - 16, start)) * 10_000_000_000_000_000 : low;
}

/** The 16 digits in front of `end`; those before `start` are 0. */
@inline
function digitsBefore(end: usize, start: usize): v128 {
  const digits = i8x16.sub(v128.load(end - 16), v128.load(ZEROS));
  return v128.and(digits, i8x16.ge_s(v128.load(LANE_INDICES), i8x16.splat(i8(start + 16 - end))));
}

/** Joins the values of 16 digits: to pairs, to pairs of pairs, and so on. */
@inline
function integerOf(digits: v128): u64 {
  const tens = i16x8.mul(v128.and(digits, v128.load(LOW_BYTES)), v128.load(TENS));
  const pairs = i16x8.add(tens, i16x8.shr_u(digits, 8));
  const fours = i32x4.dot_i16x8_s(pairs, v128.load(HUNDREDS));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), v128.load(TEN_THOUSANDS));
  const quads = i64x2.extract_lane(eights, 0);
  return (quads & 0xffffffff) * 100_000_000 + (quads >> 32);
}
