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

/** Rounds to nearest, ties to even; numbers that are too large become infinite. */
export function float32ToFloat16(float32s: usize, float16s: usize, count: i32): void {
  const end = float16s + (<usize>count << 1);
  for (; float16s < end; float16s += 8, float32s += 16) {
    const bits = v128.load(float32s);
    const magnitude = v128.and(bits, MAGNITUDE);
    // The biases differ by 112. Adding half an ulp, less one bit if the last place is even, rounds off the 13 bits.
    const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
    const normal = i32x4.shr_u(i32x4.add(i32x4.sub(magnitude, i32x4.splat((112 << 23) - 0xfff)), odd), 13);
    // Below 2^-14 a float16 is a multiple of 2^-24, which is the last place of 0.5: adding 0.5 rounds to it.
    const half = f32x4.splat(0.5);
    const subnormal = i32x4.sub(f32x4.add(magnitude, half), half);
    const small = i32x4.lt_s(magnitude, i32x4.splat(0x38800000));
    const finite = v128.bitselect(subnormal, normal, small);
    const nan = v128.and(i32x4.gt_s(magnitude, INFINITE), i32x4.splat(0x200));
    const large = i32x4.gt_s(magnitude, i32x4.splat(0x477fffff)); // 2^16 or more.
    const result = v128.bitselect(v128.or(i32x4.splat(0x7c00), nan), finite, large);
    storeLow16Bits(float16s, v128.or(result, v128.and(i32x4.shr_u(bits, 16), SIGN)));
  }
}

/** Rounds to nearest, ties to even. */
export function float32ToBfloat16(float32s: usize, float16s: usize, count: i32): void {
  const end = float16s + (<usize>count << 1);
  for (; float16s < end; float16s += 8, float32s += 16) {
    const bits = v128.load(float32s);
    const odd = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(1));
    const rounded = i32x4.shr_u(i32x4.add(i32x4.add(bits, i32x4.splat(0x7fff)), odd), 16);
    const nan = i32x4.gt_s(v128.and(bits, MAGNITUDE), INFINITE);
    storeLow16Bits(float16s, v128.bitselect(i32x4.splat(0x7fc0), rounded, nan));
  }
}

/** Stores the lower 16 bits of each lane. */
function storeLow16Bits(address: usize, lanes: v128): void {
  const packed = v128.shuffle<u8>(lanes, lanes, 0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13);
  v128.store64_lane(address, packed, 0);
}
