/**
 * The smallest weight but 0, or 1 if that is below it, and the largest, or 1 if that is beyond it.
 *
 * @param weights float32
 */
export function rangeOfWeights(weights: usize, from: u32, to: u32): v128 {
  const ZERO = f32x4.splat(0);
  const ONE = f32x4.splat(1);
  let at = weights + (usize(from) << 2);
  const end = weights + (usize(to) << 2);
  const vectorEnd = at + ((end - at) & ~15);
  let smallest = ONE;
  let largest = ONE;
  for (; at < vectorEnd; at += 16) {
    const weight = v128.load(at);
    smallest = f32x4.pmin(smallest, v128.bitselect(ONE, weight, f32x4.eq(weight, ZERO)));
    largest = f32x4.pmax(largest, weight);
  }
  for (; at < end; at += 4) {
    const weight = v128.load32_splat(at);
    smallest = f32x4.pmin(smallest, v128.bitselect(ONE, weight, f32x4.eq(weight, ZERO)));
    largest = f32x4.pmax(largest, weight);
  }
  smallest = f32x4.pmin(smallest, i32x4.shuffle(smallest, smallest, 2, 3, 0, 1));
  largest = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  const range = f64x2.promote_low_f32x4(f32x4.pmin(smallest, i32x4.shuffle(smallest, smallest, 1, 0, 3, 2)));
  const most = f64x2.promote_low_f32x4(f32x4.pmax(largest, i32x4.shuffle(largest, largest, 1, 0, 3, 2)));
  return f64x2.replace_lane(range, 1, f64x2.extract_lane(most, 0));
}
