/**
 * Numbers of 48 bits with an exponent of their own: float32, which is all that WGSL has, neither holds what the loss
 * needs (q^γ as e^{γ log q}, p − y near its root) nor reaches as far (q² of a logit of −60 is below its range).
 *
 * Two float32s, the second what rounding took from the first, times a power of two (Dekker 1971, Knuth). It needs no
 * more of the device than WGSL promises: +, − and × that round correctly. Subnormals may be flushed. A compiler may
 * contract a × b + c, so products are split where they are exact either way, and it may reassociate, so what must be
 * rounded goes through `opaque`.
 */
export const NUMBER = /* wgsl */ `
// (v.x + v.y) 2^e, where v.x is in [1, 16) but for its sign; 0 lies below all others.
struct Num { v: vec2f, e: i32 }

const ZERO = Num(vec2f(0, 0), -0x10000000);
const ONE = Num(vec2f(1, 0), 0);
const TWO = Num(vec2f(1, 0), 1);

// x, rounded to a float32 and unknown to the compiler: what is 0 it learns when the program runs.
fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ job.zero); }

// a + b and what rounding took from it, for |a| ≥ |b| or a = 0.
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

// a × b and what rounding took from it. The halves' products have 24 bits: they are exact, fused or not.
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

fn normalised(v: vec2f, e: i32) -> Num {
  let k = i32((bitcast<u32>(v.x) >> 23) & 255u) - 127;
  if (k == -127) { return ZERO; }
  return Num(v * pow2(-k), e + k);
}

fn num(x: f32) -> Num { return normalised(vec2f(x, 0), 0); }

// Nearest float32, of a number whose size a float32 can hold; else something as large or as small.
fn approximately(a: Num) -> f32 { return a.v.x * pow2(clamp(a.e, -126, 120)); }

fn isZero(a: Num) -> bool { return a.v.x == 0; }
fn isOne(a: Num) -> bool { return a.v.x == 1 && a.v.y == 0 && a.e == 0; }

fn negative(a: Num) -> Num { return Num(-a.v, a.e); }
fn doubled(a: Num) -> Num { return Num(a.v, select(a.e + 1, a.e, isZero(a))); }

// What is 2^126 times smaller than the other counts for nothing.
fn add(a: Num, b: Num) -> Num {
  let e = max(a.e, b.e);
  return normalised(add2(a.v * pow2(max(a.e - e, -126)), b.v * pow2(max(b.e - e, -126))), e);
}

fn sub(a: Num, b: Num) -> Num { return add(a, negative(b)); }

fn mul(a: Num, b: Num) -> Num {
  let v = mul2(a.v, b.v);
  return Num(v, select(a.e + b.e, ZERO.e, v.x == 0));
}

// b is not 0. A quotient of float32s may be off by 2.5 units in the last place; the remainder makes up for it.
fn div(a: Num, b: Num) -> Num {
  let first = a.v.x / b.v.x;
  let rest = add2(a.v, -mul2(b.v, vec2f(first, 0)));
  let v = quickTwoSum(first, rest.x / b.v.x);
  return normalised(v, a.e - b.e);
}

fn magnitude(a: Num) -> Num { return Num(a.v * sign(a.v.x), a.e); }
fn isLess(a: Num, b: Num) -> bool { return sub(a, b).v.x < 0; }
`;
