/** The upper two lanes, in the lower ones. */
@inline
export function highHalf(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0);
}

@inline
export function largestLane(x: v128): f32 {
  const two = f32x4.pmax(x, highHalf(x));
  return f32x4.extract_lane(f32x4.pmax(two, i32x4.shuffle(two, two, 1, 0, 3, 2)), 0);
}

@inline
export function smallestLane(x: v128): f32 {
  const two = f32x4.pmin(x, highHalf(x));
  return f32x4.extract_lane(f32x4.pmin(two, i32x4.shuffle(two, two, 1, 0, 3, 2)), 0);
}

/**
 * One class of four consecutive samples.
 *
 * @param gather whether the classes of a sample are contiguous, and not the samples
 * @param step the distance of two samples' classes in bytes, if so
 */
@inline
export function loadFour(at: usize, gather: bool, step: usize): v128 {
  if (!gather) return v128.load(at);
  let x = v128.load32_zero(at);
  x = v128.load32_lane(at + step, x, 1);
  x = v128.load32_lane(at + 2 * step, x, 2);
  return v128.load32_lane(at + 3 * step, x, 3);
}

@inline
export function storeFour(at: usize, gather: bool, step: usize, x: v128): void {
  if (!gather) {
    v128.store(at, x);
    return;
  }
  v128.store32_lane(at, x, 0);
  v128.store32_lane(at + step, x, 1);
  v128.store32_lane(at + 2 * step, x, 2);
  v128.store32_lane(at + 3 * step, x, 3);
}

/** Four float64s as float32. */
@inline
export function demote(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** The sign bit of each lane, computed so that compilers keep it: a constant would be rebuilt at every use. @param one not a constant */
@inline
export function signBits(one: v128): v128 {
  return v128.xor(one, f32x4.neg(one));
}

/** |x|, without a constant, which would be rebuilt at every use. */
@inline
export function magnitude(x: v128): v128 {
  return i32x4.shr_u(i32x4.shl(x, 1), 1);
}
