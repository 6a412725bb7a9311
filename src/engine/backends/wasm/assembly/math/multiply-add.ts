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
