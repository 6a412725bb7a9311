/** Dense labels of 8 bits as float32: 0, 1, or −1 for any other, which is ignored. */
export function labelsToFloat32(bytes: usize, floats: usize, count: u32): void {
  const whole = count & ~15;
  const one = i8x16.splat(1);
  for (let i: u32 = 0; i < whole; i += 16) {
    const label = v128.load(bytes + i);
    // All bits of −1 are set, and a lane of a mask is −1.
    const marked = v128.or(label, v128.not(i8x16.eq(i8x16.min_u(label, one), label)));
    const at = floats + (usize(i) << 2);
    storeFloats(at, i16x8.extend_low_i8x16_s(marked));
    storeFloats(at + 32, i16x8.extend_high_i8x16_s(marked));
  }
  for (let i = whole; i < count; i++) {
    const label = load<u8>(bytes + i);
    store<f32>(floats + (usize(i) << 2), label > 1 ? -1 : f32(label));
  }
}

/** Stores eight integers of 16 bits as float32. */
@inline
function storeFloats(at: usize, words: v128): void {
  v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)));
  v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), 16);
}
