/** Dense labels of 8 bits as float32: 0, 1, or −1 for any other, which is ignored. */
export function labelsToFloat32(bytes: usize, floats: usize, count: u32): void {
  const whole = count & ~15;
  for (let i: u32 = 0; i < whole; i += 16) {
    const labels = v128.load(bytes + i);
    // With all bits set, a byte is −1.
    const signed = v128.or(labels, i8x16.gt_u(labels, i8x16.splat(1)));
    const low = i16x8.extend_low_i8x16_s(signed);
    const high = i16x8.extend_high_i8x16_s(signed);
    const at = floats + (usize(i) << 2);
    v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)));
    v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), 16);
    v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), 32);
    v128.store(at, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), 48);
  }
  for (let i = whole; i < count; i++) {
    const label = load<u8>(bytes + i);
    store<f32>(floats + (usize(i) << 2), label > 1 ? -1 : f32(label));
  }
}
