/**
 * Whether all of `count` float32 numbers are finite. x − x is 0 for a finite number, and NaN for infinity and NaN; as in
 * core/first-not-finite.ts, these differences are summed, which needs no branch.
 */
export function allFinite(at: usize, count: u32): bool {
  const end = at + (usize(count) << 2);
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (; at + 32 <= end; at += 32) {
    const x = v128.load(at);
    const y = v128.load(at, 16);
    a = f32x4.add(a, f32x4.sub(x, x));
    b = f32x4.add(b, f32x4.sub(y, y));
  }
  for (; at < end; at += 4) {
    const x = v128.load32_zero(at);
    a = f32x4.add(a, f32x4.sub(x, x));
  }
  return i32x4.all_true(f32x4.eq(f32x4.add(a, b), f32x4.splat(0)));
}
