/** Dense labels of 8 bits as float32: 0, 1, or −1 for any other, which is ignored. Vectors that are read past the end do not count. */
export function labelsToFloat32(bytes: usize, floats: usize, count: u32): void {
  const whole = count & ~3;
  for (let i: u32 = 0; i < whole; i += 4) {
    const label = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(bytes + i)));
    const isIgnored = i32x4.gt_u(label, i32x4.splat(1));
    v128.store(floats + (usize(i) << 2), f32x4.convert_i32x4_s(v128.or(label, isIgnored)));
  }
  for (let i = whole; i < count; i++) {
    const label = load<u8>(bytes + i);
    store<f32>(floats + (usize(i) << 2), label > 1 ? -1 : f32(label));
  }
}
