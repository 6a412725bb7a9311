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

@inline
export function largestInt(x: v128): i32 {
  const two = i32x4.max_s(x, highHalf(x));
  return i32x4.extract_lane(i32x4.max_s(two, i32x4.shuffle(two, two, 1, 0, 3, 2)), 0);
}
