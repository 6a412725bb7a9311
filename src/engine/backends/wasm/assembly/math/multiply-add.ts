// There are two builds of the kernels. In that for relaxed SIMD, a product and a sum are one instruction, which rounds once (fused
// multiply-add); in the other they are two, which round twice. An identity that needs the rounding of the product, such as that of
// a two-part sum or of a difference of two products that are equal, must not use these functions.

/** a · b + c, in lanes of type T. */
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** c − a · b, in lanes of type T. */
@inline
export function subtractProduct<T>(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c);
  return v128.sub<T>(c, v128.mul<T>(a, b));
}

/** Whether these functions round once, in all lanes of both types. */
export function roundsOnce(): bool {
  // (1 + ε)² = 1 + 2ε + ε², and ε² is what rounding the product takes off.
  const x = f32x4.splat(1 + 2 ** -13);
  const rounded = f32x4.splat(1 + 2 ** -12);
  const y = f64x2.splat(1 + 2 ** -27);
  const roundedOfY = f64x2.splat(1 + 2 ** -26);
  return (
    i32x4.all_true(f32x4.eq(multiplyAdd<f32>(x, x, f32x4.neg(rounded)), f32x4.splat(2 ** -26))) &&
    i32x4.all_true(f32x4.eq(subtractProduct<f32>(rounded, x, x), f32x4.splat(-(2 ** -26)))) &&
    i64x2.all_true(f64x2.eq(multiplyAdd<f64>(y, y, f64x2.neg(roundedOfY)), f64x2.splat(2 ** -54))) &&
    i64x2.all_true(f64x2.eq(subtractProduct<f64>(roundedOfY, y, y), f64x2.splat(-(2 ** -54))))
  );
}
