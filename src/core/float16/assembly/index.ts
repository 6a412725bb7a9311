// Converts float64, float16 and bfloat16 to float32 and back, vector by vector. `count` must be a multiple of 4.

/** Shifts a float16's exponent and fraction to where a float32 has them. */
const FRACTION_SHIFT = 13;
const ABSOLUTE = i32x4.splat(0x7fffffff);
const INFINITE = i32x4.splat(0x7f800000);

export function float64ToFloat32(float64s: usize, float32s: usize, count: i32): void {
  const end = float64s + (<usize>count << 3);
  for (; float64s < end; float64s += 32, float32s += 16) {
    const low = f32x4.demote_f64x2_zero(v128.load(float64s));
    const high = f32x4.demote_f64x2_zero(v128.load(float64s, 16));
    v128.store(float32s, v128.shuffle<i64>(low, high, 0, 2));
  }
}

export function float16ToFloat32(float16s: usize, float32s: usize, count: i32): void {
  const whole = count & ~7;
  const end = float16s + (<usize>whole << 1);
  for (; float16s < end; float16s += 16, float32s += 32) {
    const numbers = v128.load(float16s);
    v128.store(float32s, widenFloat16(i32x4.extend_low_i16x8_s(numbers)));
    v128.store(float32s, widenFloat16(i32x4.extend_high_i16x8_s(numbers)), 16);
  }
  if (whole < count) v128.store(float32s, widenFloat16(v128.load_ext<i16>(float16s)));
}

/**
 * Shifted left by 13 bits, a float16's exponent and fraction are those of a float32, except that the exponents' biases
 * differ by 112. Multiplying by 2^112 corrects this, for subnormals as well. Extended by its sign, a float16 has the sign of a
 * float32 after the shift, in the upper of some bits that are cleared.
 */
@inline
function widenFloat16(extended: v128): v128 {
  const shifted = v128.and(i32x4.shl(extended, FRACTION_SHIFT), i32x4.splat(0x8fffe000));
  const value = f32x4.mul(shifted, f32x4.splat(<f32>5.192296858534828e33)); // 2^112
  // The exponent of infinity and NaN, 31, has become 143.
  const isInfinite = f32x4.ge(v128.and(value, ABSOLUTE), f32x4.splat(65536));
  return v128.or(value, v128.and(isInfinite, INFINITE));
}

/** A bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(float16s: usize, float32s: usize, count: i32): void {
  const end = float16s + (<usize>count << 1);
  for (; float16s < end; float16s += 8, float32s += 16) v128.store(float32s, i32x4.shl(v128.load_ext<u16>(float16s), 16));
}

/** Rounds to nearest, ties to even; numbers that are too large become infinite. */
export function float32ToFloat16(float32s: usize, float16s: usize, count: i32): void {
  const whole = count & ~7;
  const end = float16s + (<usize>whole << 1);
  for (; float16s < end; float16s += 16, float32s += 32) {
    const low = roundToFloat16(v128.load(float32s));
    v128.store(float16s, i16x8.narrow_i32x4_u(low, roundToFloat16(v128.load(float32s, 16))));
  }
  if (whole < count) storeHalf(float16s, roundToFloat16(v128.load(float32s)));
}

/**
 * The magnitude m times 4 is added to a power of two whose last place is what m is rounded to, times 4: 2^15 times the power of
 * two in m, or that in 2^-14, below which float16s are subnormal. The bits of the sum then hold the rounded fraction, next to
 * the exponent. A magnitude of 2^16 or more is infinite after the first multiplication.
 *
 * @returns the float16s in lanes of 32 bits
 */
@inline
function roundToFloat16(numbers: v128): v128 {
  const scaled = f32x4.mul(
    f32x4.mul(v128.and(numbers, ABSOLUTE), f32x4.splat(<f32>5.192296858534828e33)), // 2^112
    f32x4.splat(<f32>7.703719777548943e-34), // 2^-110
  );
  const power = i32x4.max_s(v128.and(numbers, INFINITE), i32x4.splat(0x38800000)); // 2^-14
  const sum = f32x4.add(i32x4.add(power, i32x4.splat(15 << 23)), scaled);
  const exponent = v128.and(i32x4.shr_u(sum, FRACTION_SHIFT), i32x4.splat(0x7c00));
  const magnitude = i32x4.add(exponent, v128.and(sum, i32x4.splat(0xfff)));
  const sign = v128.and(i32x4.shr_u(numbers, 16), i32x4.splat(0x8000));
  return v128.or(v128.bitselect(i32x4.splat(0x7e00), magnitude, f32x4.ne(numbers, numbers)), sign);
}

/** Rounds to nearest, ties to even. */
export function float32ToBfloat16(float32s: usize, float16s: usize, count: i32): void {
  const whole = count & ~7;
  const end = float16s + (<usize>whole << 1);
  for (; float16s < end; float16s += 16, float32s += 32) {
    const low = roundToBfloat16(v128.load(float32s));
    v128.store(float16s, i16x8.narrow_i32x4_u(low, roundToBfloat16(v128.load(float32s, 16))));
  }
  if (whole < count) storeHalf(float16s, roundToBfloat16(v128.load(float32s)));
}

/** @returns the bfloat16s in lanes of 32 bits */
@inline
function roundToBfloat16(numbers: v128): v128 {
  const odd = v128.and(i32x4.shr_u(numbers, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(numbers, i32x4.splat(0x7fff)), odd), 16);
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, f32x4.ne(numbers, numbers));
}

@inline
function storeHalf(address: usize, lanes: v128): void {
  v128.store64_lane(address, i16x8.narrow_i32x4_u(lanes, lanes), 0);
}
