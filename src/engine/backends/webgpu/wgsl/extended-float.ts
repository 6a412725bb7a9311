/**
 * Numbers of 48 bits with a separate exponent. WGSL has only float32, whose precision (for q^γ as e^{γ log q}, and for
 * p − y near its root) and range (q² for a logit of −60 underflows) are too small for the loss.
 *
 * A number is a float32 plus its rounding error as a second float32, times a power of two (Dekker 1971, Knuth). This relies
 * only on what WGSL guarantees: +, − and × round correctly. Subnormals may be flushed. Compilers may contract a × b + c, so
 * products are split into parts that are exact either way, and may reassociate, so values that must be rounded go through
 * `opaque`.
 */
export const EXTENDED_FLOAT = /* wgsl */ `
// (v.x + v.y) 2^e with |v.x| in [1, 16), or 0, whose exponent is below all others.
struct ExtendedFloat { v: vec2f, e: i32 }

const ZERO = ExtendedFloat(vec2f(0, 0), -0x10000000);
const ONE = ExtendedFloat(vec2f(1, 0), 0);
const TWO = ExtendedFloat(vec2f(1, 0), 1);

// x, rounded to float32. The compiler cannot look through it, since zero is known only when the program runs.
fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ params.zero); }

// a + b and its rounding error, for |a| ≥ |b| or a = 0.
fn quickTwoSum(a: f32, b: f32) -> vec2f {
  let s = opaque(a + b);
  return vec2f(s, b - opaque(s - a));
}

fn twoSum(a: f32, b: f32) -> vec2f {
  let s = opaque(a + b);
  let ofB = opaque(s - a);
  let ofA = opaque(s - ofB);
  return vec2f(s, opaque(a - ofA) + opaque(b - ofB));
}

// The first 12 bits of a float32's 24.
fn high(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

// a × b and its rounding error. The products of the halves have 24 bits, so that they are exact, fused or not.
fn twoProduct(a: f32, b: f32) -> vec2f {
  let p = opaque(a * b);
  let aHigh = high(a);
  let bHigh = high(b);
  let aLow = a - aHigh;
  let bLow = b - bHigh;
  return vec2f(p, opaque(opaque(opaque(aHigh * bHigh - p) + aHigh * bLow) + aLow * bHigh) + aLow * bLow);
}

fn add2(a: vec2f, b: vec2f) -> vec2f {
  let s = twoSum(a.x, b.x);
  return quickTwoSum(s.x, s.y + (a.y + b.y));
}

fn mul2(a: vec2f, b: vec2f) -> vec2f {
  let p = twoProduct(a.x, b.x);
  return quickTwoSum(p.x, p.y + (a.x * b.y + a.y * b.x));
}

// 2^k for k in [−126, 127].
fn pow2(k: i32) -> f32 { return bitcast<f32>(u32(k + 127) << 23); }

fn normalised(v: vec2f, e: i32) -> ExtendedFloat {
  let k = i32((bitcast<u32>(v.x) >> 23) & 255u) - 127;
  if (k == -127) { return ZERO; }
  return ExtendedFloat(v * pow2(-k), e + k);
}

fn fromF32(x: f32) -> ExtendedFloat { return normalised(vec2f(x, 0), 0); }

// The nearest float32 if it is in range; else a very large or a very small number.
fn approximately(a: ExtendedFloat) -> f32 { return a.v.x * pow2(clamp(a.e, -126, 120)); }

fn isZero(a: ExtendedFloat) -> bool { return a.v.x == 0; }

fn negative(a: ExtendedFloat) -> ExtendedFloat { return ExtendedFloat(-a.v, a.e); }
fn doubled(a: ExtendedFloat) -> ExtendedFloat { return ExtendedFloat(a.v, select(a.e + 1, a.e, isZero(a))); }

// A number 2^126 times smaller than the other is negligible.
fn add(a: ExtendedFloat, b: ExtendedFloat) -> ExtendedFloat {
  let e = max(a.e, b.e);
  return normalised(add2(a.v * pow2(max(a.e - e, -126)), b.v * pow2(max(b.e - e, -126))), e);
}

fn sub(a: ExtendedFloat, b: ExtendedFloat) -> ExtendedFloat { return add(a, negative(b)); }

fn mul(a: ExtendedFloat, b: ExtendedFloat) -> ExtendedFloat {
  let v = mul2(a.v, b.v);
  return ExtendedFloat(v, select(a.e + b.e, ZERO.e, v.x == 0));
}

// b must not be 0. WGSL allows a quotient of float32s to be off by 2.5 ulp; the remainder corrects it.
fn div(a: ExtendedFloat, b: ExtendedFloat) -> ExtendedFloat {
  let first = a.v.x / b.v.x;
  let rest = add2(a.v, -mul2(b.v, vec2f(first, 0)));
  let v = quickTwoSum(first, rest.x / b.v.x);
  return normalised(v, a.e - b.e);
}

fn magnitude(a: ExtendedFloat) -> ExtendedFloat { return ExtendedFloat(a.v * sign(a.v.x), a.e); }
fn isLess(a: ExtendedFloat, b: ExtendedFloat) -> bool { return sub(a, b).v.x < 0; }
`;
