import { INTS } from './memory-layout';

// Each writes a block of `count` numbers to `INTS` as int32, and returns whether all of them are int32.

export function bytesToInt32(source: usize, count: u32, signed: bool): bool {
  for (let i: u32 = 0; i < count; i += 8) {
    const words = signed ? v128.load_ext<i8>(source + i) : v128.load_ext<u8>(source + i);
    const at = INTS + (usize(i) << 2);
    v128.store(at, i32x4.extend_low_i16x8_s(words));
    v128.store(at, i32x4.extend_high_i16x8_s(words), 16);
  }
  return true;
}

/** Of each 64-bit integer the lower half, if the upper one only repeats its sign, or is 0 for unsigned integers. */
export function int64ToInt32(source: usize, count: u32, signed: bool): bool {
  memory.fill(source + (usize(count) << 3), 0, 32);
  let lost = i64x2.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const from = source + (usize(i) << 3);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const sign = i32x4.shr_s(low, 31);
    lost = v128.or(lost, signed ? v128.xor(high, sign) : v128.or(high, sign));
    v128.store(INTS + (usize(i) << 2), low);
  }
  return !v128.any_true(lost);
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
    v128.store(INTS + (usize(i) << 2), ints);
  }
  return i32x4.all_true(exact);
}

export function float64ToInt32(source: usize, count: u32): bool {
  memory.fill(source + (usize(count) << 3), 0, 32);
  let exact = i64x2.splat(-1);
  for (let i: u32 = 0; i < count; i += 4) {
    const from = source + (usize(i) << 3);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const low = i32x4.trunc_sat_f64x2_s_zero(a);
    const high = i32x4.trunc_sat_f64x2_s_zero(b);
    const isSameA = f64x2.eq(f64x2.convert_low_i32x4_s(low), a);
    const isSameB = f64x2.eq(f64x2.convert_low_i32x4_s(high), b);
    exact = v128.and(exact, v128.and(isSameA, isSameB));
    v128.store(INTS + (usize(i) << 2), v128.shuffle<i64>(low, high, 0, 2));
  }
  return i64x2.all_true(exact);
}
