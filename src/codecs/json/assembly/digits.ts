// Runs of decimal digits, 16 at a time. Constants lie in memory, since JavaScript engines build vector literals anew each time.

const LANE_INDICES: usize = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 16);
const ZEROS: usize = memory.data<u8>([48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48], 16);
const NINES: usize = memory.data<u8>([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 16);
const MINUSES: usize = memory.data<u8>([45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45], 16);
const POINTS: usize = memory.data<u8>([46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46], 16);
const TWELVES: usize = memory.data<u8>([12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12], 16);
const LOW_BYTES: usize = memory.data<u16>([255, 255, 255, 255, 255, 255, 255, 255], 16);
const TENS: usize = memory.data<u16>([10, 10, 10, 10, 10, 10, 10, 10], 16);
const HUNDREDS: usize = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1], 16);
const TEN_THOUSANDS: usize = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1], 16);

/** A bit for each of the 16 bytes from `at`, the first byte in the lowest bit: whether it is a digit. */
@inline
function digitMask(at: usize): u32 {
  return i8x16.bitmask(i8x16.le_u(i8x16.sub(v128.load(at), v128.load(ZEROS)), v128.load(NINES)));
}

/** The same for 32 bytes. */
@inline
export function digitMask32(at: usize): u32 {
  return digitMask(at) | (digitMask(at + 16) << 16);
}

/** A bit for each of the 64 bytes from `at`: whether it is none of digits, `-`, `.` and `/`, whose code lies between those. */
@inline
export function endMask64(at: usize): u64 {
  return ~(numberMask(at) | (numberMask(at + 16) << 16) | (numberMask(at + 32) << 32) | (numberMask(at + 48) << 48));
}

@inline
function numberMask(at: usize): u64 {
  return u64(i8x16.bitmask(i8x16.le_u(i8x16.sub(v128.load(at), v128.load(MINUSES)), v128.load(TWELVES))));
}

/** A bit for each of the 64 bytes from `at`: whether it is a point. */
@inline
export function pointMask64(at: usize): u64 {
  return pointMask(at) | (pointMask(at + 16) << 16) | (pointMask(at + 32) << 32) | (pointMask(at + 48) << 48);
}

@inline
function pointMask(at: usize): u64 {
  return u64(i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(POINTS))));
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
 * For each count of characters without a sign, 0 to 15, and each position of the point, which is the count if there is none:
 * the lanes of the digits, moved up to the last lane. If these are no digits around a point, it is a lane that has no digit.
 */
const DIGIT_LANES: usize = memory.data(16 * 16 * 16, 16);

/** Fills in the lanes, for `pointedDigits`. */
export function prepareDigitLanes(): void {
  for (let count: u32 = 0; count < 16; count++) {
    for (let whole: u32 = 0; whole < 16; whole++) {
      const pointed = u32(whole != count);
      const valid = pointed ? whole > 0 && whole + 1 < count : count > 0;
      const free: u32 = 16 + pointed - count;
      for (let lane: u32 = 0; lane < 16; lane++) {
        const digit: u32 = lane - free;
        const from: u32 = lane < free ? NO_LANE : digit < whole ? digit : digit + 1;
        store<u8>(lanesAt(count, whole) + lane, u8(valid ? from : whole));
      }
    }
  }
}

/** As an index of `swizzle`, it gives 0. */
const NO_LANE: u32 = 0x80;

@inline
function lanesAt(count: u32, whole: u32): usize {
  return DIGIT_LANES + (usize((count << 4) | whole) << 4);
}

/** The values of `count` characters from `start`, 0 to 15, without the point behind the first `whole`. */
@inline
export function pointedDigits(start: usize, count: u32, whole: u32): v128 {
  return i8x16.swizzle(i8x16.sub(v128.load(start), v128.load(ZEROS)), v128.load(lanesAt(count, whole)));
}

/** Whether all values are those of digits. */
@inline
export function areDigits(values: v128): bool {
  return !v128.any_true(i8x16.sub_sat_u(values, v128.load(NINES)));
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
export function integerOf(digits: v128): u64 {
  const tens = i16x8.mul(v128.and(digits, v128.load(LOW_BYTES)), v128.load(TENS));
  const pairs = i16x8.add(tens, i16x8.shr_u(digits, 8));
  const fours = i32x4.dot_i16x8_s(pairs, v128.load(HUNDREDS));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), v128.load(TEN_THOUSANDS));
  const quads = i64x2.extract_lane(eights, 0);
  return (quads & 0xffffffff) * 100_000_000 + (quads >> 32);
}
