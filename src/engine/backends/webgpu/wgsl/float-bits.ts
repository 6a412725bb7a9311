/**
 * Conversions from and to the bits of floats. All tensors are bound as bits: a device may flush subnormals that it loads
 * or stores as floats, and WGSL has no float64.
 */
export const FLOAT_BITS = /* wgsl */ `
fn fromFloat32(bits: u32) -> ExtendedFloat {
  let exponent = i32((bits >> 23) & 255u);
  let sign = bits & 0x80000000u;
  if (exponent > 0) {
    return ExtendedFloat(vec2f(bitcast<f32>((bits & 0x7fffffu) | sign | 0x3f800000u), 0), exponent - 127);
  }
  let subnormal = f32(bits & 0x7fffffu);
  return normalised(vec2f(select(subnormal, -subnormal, sign != 0), 0), -149);
}

// Numbers that are too large become infinite.
fn toFloat32(a: ExtendedFloat) -> u32 {
  let n = normalised(a.v, a.e);
  let bits = bitcast<u32>(n.v.x);
  let sign = bits & 0x80000000u;
  let fraction = bits & 0x7fffffu;
  if (n.e > 127) { return sign | 0x7f800000u; }
  if (n.e >= -126) { return sign | (u32(n.e + 127) << 23) | fraction; }
  if (n.e < -150) { return sign; }
  let shift = u32(-126 - n.e);
  return sign | (((fraction | 0x800000u) + (1u << (shift - 1))) >> shift);
}

// The bits as float64, low word first.
fn toFloat64(a: ExtendedFloat) -> vec2u {
  let sign = bitcast<u32>(a.v.x) & 0x80000000u;
  let size = magnitude(a);
  let n = normalised(size.v, size.e);
  if (n.e < -1022) { return vec2u(0, 0); }
  // 53 bits: the first 24 are those of n.v.x; n.v.y, of either sign, is added.
  let first = (bitcast<u32>(n.v.x) & 0x7fffffu) | 0x800000u;
  let rest = i32(n.v.y * 4503599627370496.0); // 2^52
  var low = (first & 7u) << 29;
  var top = first >> 3;
  let sum = low + bitcast<u32>(rest);
  if (rest >= 0) { top += select(0u, 1u, sum < low); } else { top -= select(1u, 0u, sum < low); }
  low = sum;
  var e = n.e;
  if (top < 0x100000u) {
    top = (top << 1) | (low >> 31);
    low = low << 1;
    e -= 1;
  }
  return vec2u(low, sign | (u32(e + 1023) << 20) | (top & 0xfffffu));
}
`;
