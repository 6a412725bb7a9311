import { CONVERTED } from './memory-layout';

// Each writes a block of `count` numbers to `CONVERTED` as int32, and returns whether all of them are int32.

export function int8ToInt32(source: usize, count: u32, signed: bool): bool {
  for (let i: u32 = 0; i < count; i += 8) {
    storeWords(signed ? v128.load_ext<i8>(source + i) : v128.load_ext<u8>(source + i), i, true);
  }
  return true;
}

export function int16ToInt32(source: usize, count: u32, signed: bool): bool {
  for (let i: u32 = 0; i < count; i += 8) storeWords(v128.load(source + (usize(i) << 1)), i, signed);
  return true;
}

/** Stores eight integers of 16 bits as int32. */
@inline
function storeWords(words: v128, i: u32, signed: bool): void {
  const at = CONVERTED + (usize(i) << 2);
  v128.store(at, signed ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_low_i16x8_u(words));
  v128.store(at, signed ? i32x4.extend_high_i16x8_s(words) : i32x4.extend_high_i16x8_u(words), 16);
}

/** Copies them, if none has the bit that is the sign of an int32. */
export function uint32ToInt32(source: usize, count: u32): bool {
  memory.fill(source + (usize(count) << 2), 0, 16);
  let bits = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const x = v128.load(source + (usize(i) << 2));
    bits = v128.or(bits, x);
    v128.store(CONVERTED + (usize(i) << 2), x);
  }
  return i32x4.bitmask(bits) == 0;
}

export function float32ToInt32(source: usize, count: u32): bool {
  memory.fill(source + (usize(count) << 2), 0, 16);
  let exact = i32x4.splat(-1);
  for (let i: u32 = 0; i < count; i += 4) {
    const x = v128.load(source + (usize(i) << 2));
    const ints = i32x4.trunc_sat_f32x4_s(x);
    // 2^31 becomes 2^31 − 1, which as a float32 is 2^31 again.
    const same = v128.and(f32x4.eq(f32x4.convert_i32x4_s(ints), x), f32x4.lt(x, f32x4.splat(2147483648)));
    exact = v128.and(exact, same);
    v128.store(CONVERTED + (usize(i) << 2), ints);
  }
  return i32x4.all_true(exact);
}

/** The bits of 1.5 · 2^52, the last place of which is 1. A vector of them is loaded once; see floats.ts. */
const ROUNDER = memory.data<i32>([0, 0x43380000]);

/**
 * Added to 1.5 · 2^52, a float64 is rounded to an integer, which is then added to the bits of the sum as well: an int32 is the
 * lower half of them, and its sign is added to the upper half.
 */
export function float64ToInt32(source: usize, count: u32): bool {
  memory.fill(source + (usize(count) << 3), 0, 32);
  const rounder = v128.load64_splat(ROUNDER);
  const upperHalf = v128.load32_splat(ROUNDER, 4);
  let exact = i64x2.splat(-1);
  let lost = i32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const from = source + (usize(i) << 3);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const sumA = f64x2.add(a, rounder);
    const sumB = f64x2.add(b, rounder);
    exact = v128.and(
      v128.and(exact, f64x2.eq(f64x2.sub(sumA, rounder), a)),
      f64x2.eq(f64x2.sub(sumB, rounder), b),
    );
    const low = v128.shuffle<i32>(sumA, sumB, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(sumA, sumB, 1, 3, 5, 7);
    const expected = i32x4.add(upperHalf, i32x4.shr_s(low, 31));
    lost = v128.or(lost, v128.xor(high, expected));
    v128.store(CONVERTED + (usize(i) << 2), low);
  }
  return i64x2.all_true(exact) && !v128.any_true(lost);
}
