/**
 * Whether all of `count` float32 numbers are finite. x − x is 0 for a finite number, and NaN for infinity and NaN, whose bits
 * stay in the union of all.
 */
export function allFinite(at: usize, count: u32): bool {
  const end = at + (usize(count) << 2);
  let found = f32x4.splat(0);
  for (; at + 64 <= end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const ab = v128.or(f32x4.sub(a, a), f32x4.sub(b, b));
    const cd = v128.or(f32x4.sub(c, c), f32x4.sub(d, d));
    found = v128.or(found, v128.or(ab, cd));
  }
  for (; at < end; at += 4) {
    const x = v128.load32_zero(at);
    found = v128.or(found, f32x4.sub(x, x));
  }
  return !v128.any_true(found);
}
