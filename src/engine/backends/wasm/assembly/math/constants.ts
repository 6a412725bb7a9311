/**
 * The constants of the elementary functions, each in all lanes. They are kept in memory because WebAssembly engines
 * rebuild a vector literal at every use, in three instructions. The module has no data segment, since the memory belongs
 * to the backend, so the host allocates the struct and `writeConstants` fills it.
 */
@unmanaged
export class Constants {
  log2E: v128;
  ln2: v128;
  rounder: v128;
  lowest: v128;
  // e^r = e0 + e1 r + e2 r² + …
  e0: v128;
  e1: v128;
  e2: v128;
  e3: v128;
  e4: v128;
  e5: v128;
  e6: v128;
  // 2 atanh(s) = s (a0 + a1 s² + a2 s⁴ + …)
  a0: v128;
  a1: v128;
  a2: v128;
  a3: v128;
  a4: v128;
  a5: v128;
  // 1 / n!
  f2: v128;
  f3: v128;
  f4: v128;
  f5: v128;
  f6: v128;
  f7: v128;
  f8: v128;
  f9: v128;
  f10: v128;
  f11: v128;
  one: v128;
  // For four float32 lanes.
  log2EFloat32: v128;
  ln2High: v128;
  ln2Low: v128;
  rounderFloat32: v128;
  oneFloat32: v128;
  // e^r = 1 + r + r² (g2 + g3 r + …)
  g2: v128;
  g3: v128;
  g4: v128;
  g5: v128;
  g6: v128;
  // 2 atanh(s) = 2 s + s³ (b1 + b2 s² + …)
  b1: v128;
  b2: v128;
  b3: v128;
  b4: v128;
}

/** The polynomials e, a, g and b are minimax for the relative error (Remez). */
export function writeConstants(constants: Constants): void {
  constants.log2E = f64x2.splat(1.4426950408889634);
  constants.ln2 = f64x2.splat(0.6931471805599453);
  // 1.5 · 2^52: a float64 of this size has no fraction bits, so adding it rounds to the nearest integer.
  constants.rounder = f64x2.splat(6755399441055744);
  // Results below e^−708 are subnormal float64s, which adding to the exponent bits cannot produce. No float32 is so small.
  constants.lowest = f64x2.splat(-708);
  // |r| ≤ ½ ln 2: relative error 1.9e-9.
  constants.e0 = f64x2.splat(1.0000000005541663);
  constants.e1 = f64x2.splat(1.0000000363231765);
  constants.e2 = f64x2.splat(0.49999992079828019);
  constants.e3 = f64x2.splat(0.16666420169946367);
  constants.e4 = f64x2.splat(0.041668225566922838);
  constants.e5 = f64x2.splat(0.0083748157983017933);
  constants.e6 = f64x2.splat(0.0013836846134577056);
  // |s| ≤ 1/3: relative error 1e-10.
  constants.a0 = f64x2.splat(1.9999999998028123);
  constants.a1 = f64x2.splat(0.66666679307451037);
  constants.a2 = f64x2.splat(0.39998690901930623);
  constants.a3 = f64x2.splat(0.28620722133981366);
  constants.a4 = f64x2.splat(0.21393250379450746);
  constants.a5 = f64x2.splat(0.24413069052133991);
  // |r| ≤ ½ ln 2: Taylor's series up to r^11 is off by 7e-15.
  constants.f2 = f64x2.splat(1.0 / 2);
  constants.f3 = f64x2.splat(1.0 / 6);
  constants.f4 = f64x2.splat(1.0 / 24);
  constants.f5 = f64x2.splat(1.0 / 120);
  constants.f6 = f64x2.splat(1.0 / 720);
  constants.f7 = f64x2.splat(1.0 / 5040);
  constants.f8 = f64x2.splat(1.0 / 40320);
  constants.f9 = f64x2.splat(1.0 / 362880);
  constants.f10 = f64x2.splat(1.0 / 3628800);
  constants.f11 = f64x2.splat(1.0 / 39916800);
  constants.one = f64x2.splat(1);
  constants.log2EFloat32 = f32x4.splat(1.4426950408889634);
  // ln 2 in two parts (Cody and Waite): the first has so few digits that k times it is exact.
  constants.ln2High = f32x4.splat(0.693145751953125);
  constants.ln2Low = f32x4.splat(1.42860677e-6);
  constants.rounderFloat32 = f32x4.splat(12582912); // 1.5 · 2^23
  constants.oneFloat32 = f32x4.splat(1);
  // |r| ≤ ½ ln 2: relative error 3e-9, where float32 rounds at 6e-8.
  constants.g2 = f32x4.splat(0.49999994);
  constants.g3 = f32x4.splat(0.16666521);
  constants.g4 = f32x4.splat(0.04166839);
  constants.g5 = f32x4.splat(0.008368717);
  constants.g6 = f32x4.splat(0.0013814592);
  // |s| ≤ 1/3: relative error 5e-9.
  constants.b1 = f32x4.splat(0.6666641);
  constants.b2 = f32x4.splat(0.400217);
  constants.b3 = f32x4.splat(0.27999142);
  constants.b4 = f32x4.splat(0.28024453);
}
