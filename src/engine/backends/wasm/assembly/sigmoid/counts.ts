import { highHalf } from '../math/float32-lanes';

/** For each element of two quads, 0 if it contributes nothing, 256 if it is predicted as positive, and otherwise 1. */
@inline
export function countsOf(pt: v128, x: v128, otherPt: v128, otherX: v128): v128 {
  const ZERO = f32x4.splat(0);
  const predicted = i16x8.narrow_i32x4_s(f32x4.ge(x, ZERO), f32x4.ge(otherX, ZERO));
  // p_t is never negative, and saturation makes no 0.
  const inactive = i16x8.eq(i16x8.narrow_i32x4_s(pt, otherPt), ZERO);
  return v128.andnot(i16x8.sub(i16x8.shr_u(predicted, 8), i16x8.splat(-1)), inactive);
}

/** Adds the sum of up to 127 of `countsOf`, less `counted` for each lane, and the number of those predicted as positive. */
@inline
export function addCounts(at: usize, step: usize, counts: v128, counted: u32): void {
  const predicted = sumOfHalves(i16x8.shr_u(counts, 8));
  const others = sumOfHalves(v128.and(counts, i16x8.splat(0xff)));
  addIntegers(at, step, i32x4.sub(i32x4.add(others, predicted), i32x4.splat(counted)));
  addIntegers(at + 16, step, predicted);
}

/** Adds the lanes of the second quads to those of the first ones. */
@inline
function sumOfHalves(counts: v128): v128 {
  return i32x4.add(i32x4.extend_low_i16x8_s(counts), i32x4.extend_high_i16x8_s(counts));
}

@inline
function addIntegers(at: usize, step: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.convert_low_i32x4_s(values)));
  const high = f64x2.convert_low_i32x4_s(highHalf(values));
  v128.store(at + step, f64x2.add(v128.load(at + step), high));
}
