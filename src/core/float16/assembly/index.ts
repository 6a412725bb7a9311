// Converts float16 and bfloat16 to float32 and back, four numbers at a time. `count` must be a multiple of 4.

const SIGN = i32x4.splat(0x8000);
const MAGNITUDE = i32x4.splat(0x7fffffff);
const INFINITE = i32x4.splat(0x7f800000);

/**
 * Shifted left by 13 bits, a float16's exponent and fraction are those of a float32, except that the exponents' biases
 * differ by 112. Multiplying by 2^112 corrects this, for subnormals as well.
 */
export function float16ToFloat32(float16s: usize, float32s: usize, count: i32): void {
  const end = float16s + (<usize>count << 1);
  for (; float16s < end; float16s += 8, float32s += 16) {
    const half = v128.load_ext<u16>(float16s);
    const magnitude = v128.and(half, i32x4.splat(0x7fff));
    const value = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(<f32>5.192296858534828e33)); // 2^112
    const infinite = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), INFINITE);
    const sign = i32x4.shl(v128.and(half, SIGN), 16);
    v128.store(float32s, v128.or(v128.or(value, infinite), sign));
  }
}

/** A bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(float16s: usize, float32s: usize, count: i32): void {
  const end = float16s + (<usize>count << 1);
  for (; float16s < end; float16s += 8, float32s += 16) v128.store(float32s, i32x4.shl(v128.load_ext<u16>(float16s), 16));
}

/**
 * Rounds to nearest, ties to even; numbers that are too large become infinite.
 *
 * A number is rounded by adding 2^(e + 13) to it, where 2^e is its power of two, or 2^−14 for a subnormal float16: the last place
 * of the sum is that of the float16.
 */
export function float32ToFloat16(float32s: usize, float16s: usize, count: i32): void {
  const end = float16s + (<usize>(count & ~7) << 1);
  for (; float16s < end; float16s += 16, float32s += 32) {
    const low = toFloat16(v128.load(float32s));
    v128.store(float16s, i16x8.narrow_i32x4_u(low, toFloat16(v128.load(float32s, 16))));
  }
  if (count & 4) storeLow16Bits(float16s, toFloat16(v128.load(float32s)));
}

/** In the lower 16 bits of each lane; the others are 0. */
@inline
function toFloat16(bits: v128): v128 {
  const magnitude = v128.and(bits, MAGNITUDE);
  const power = i32x4.max_s(v128.and(magnitude, INFINITE), i32x4.splat(0x38800000)); // 2^−14
  const base = i32x4.add(power, i32x4.splat(13 << 23));
  const fraction = i32x4.sub(f32x4.add(magnitude, base), base);
  // 2^−14 has the exponent 1, but the 1 of a normal number that is not stored is part of `fraction`, and adds 1.
  const exponent = i32x4.shr_u(i32x4.sub(power, i32x4.splat(0x38800000)), 13);
  let result = i32x4.add(exponent, fraction);
  const large = i32x4.gt_s(magnitude, i32x4.splat(0x477fffff)); // 2^16 or more.
  if (v128.any_true(large)) {
    const nan = v128.and(i32x4.gt_s(magnitude, INFINITE), i32x4.splat(0x200));
    result = v128.bitselect(v128.or(i32x4.splat(0x7c00), nan), result, large);
  }
  return v128.or(result, i32x4.shr_u(v128.xor(bits, magnitude), 16));
}

/** Rounds to nearest, ties to even. */
export function float32ToBfloat16(float32s: usize, float16s: usize, count: i32): void {
  const end = float16s + (<usize>(count & ~7) << 1);
  for (; float16s < end; float16s += 16, float32s += 32) {
    const low = toBfloat16(v128.load(float32s));
    v128.store(float16s, i16x8.narrow_i32x4_u(low, toBfloat16(v128.load(float32s, 16))));
  }
  if (count & 4) storeLow16Bits(float16s, toBfloat16(v128.load(float32s)));
}

/** Likewise. */
@inline
function toBfloat16(bits: v128): v128 {
  const odd = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(bits, i32x4.splat(0x7fff)), odd), 16);
  const nan = i32x4.gt_s(v128.and(bits, MAGNITUDE), INFINITE);
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, nan);
}

/** Stores the lower 16 bits of each lane, where the others are 0. */
function storeLow16Bits(address: usize, lanes: v128): void {
  v128.store64_lane(address, i16x8.narrow_i32x4_u(lanes, lanes), 0);
}
