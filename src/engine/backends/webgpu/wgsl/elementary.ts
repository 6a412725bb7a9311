/** e^x and logarithms of the numbers of extended-float.ts, to about 2^−40 relative. */
export const ELEMENTARY = /* wgsl */ `
const LOG2_E = 1.4426950408889634;
// ln 2 in parts of 8, 9 and 24 bits: the products of the first two with an integer below 2^15 are exact.
const LN2_A = 0.69140625;
const LN2_B = 0.001739501953125;
const LN2_C = 1.4286068203094172e-6;

// e^x for x ≤ 0: x = k ln 2 + r, |r| ≤ ½ ln 2, and Taylor's series for e^r, its last terms in float32.
// Results below e^−2048 are 0: multiplied by any float32 weight they would still round to 0.
fn exponential(x: ExtendedFloat) -> ExtendedFloat {
  if (x.e < -60) { return ONE; }
  if (x.e > 10) { return ZERO; }
  let whole = x.v * pow2(x.e);
  let k = round(whole.x * LOG2_E);
  var r = twoSum(opaque(whole.x - k * LN2_A), -(k * LN2_B));
  r = quickTwoSum(r.x, r.y + (whole.y - k * LN2_C));
  let tail = 1.0 / 120 + r.x * (1.0 / 720 + r.x * (1.0 / 5040 + r.x * (1.0 / 40320 + r.x * (1.0 / 362880 +
    r.x * (1.0 / 3628800 + r.x * (1.0 / 39916800))))));
  var s = add2(vec2f(0.0416666679084301, -1.2417634698280722e-9), vec2f(r.x * tail, 0));
  s = add2(vec2f(0.1666666716337204, -4.967053879312289e-9), mul2(r, s));
  s = add2(vec2f(0.5, 0), mul2(r, s));
  s = add2(vec2f(1, 0), mul2(r, s));
  s = add2(vec2f(1, 0), mul2(r, s));
  return normalised(s, i32(k));
}

// 1 − e^x for x ≤ 0. If x is small, −x (1 + x/2 + x²/6 + …), its last terms in float32: a difference would have few digits.
fn oneMinusExponential(x: ExtendedFloat) -> ExtendedFloat {
  let n = normalised(x.v, x.e);
  if (n.e >= -4) { return sub(ONE, exponential(n)); }
  let t = n.v * pow2(max(n.e, -126));
  let tail = 1.0 / 120 + t.x * (1.0 / 720 + t.x * (1.0 / 5040 + t.x * (1.0 / 40320)));
  var s = add2(vec2f(0.0416666679084301, -1.2417634698280722e-9), vec2f(t.x * tail, 0));
  s = add2(vec2f(0.1666666716337204, -4.967053879312289e-9), mul2(t, s));
  s = add2(vec2f(0.5, 0), mul2(t, s));
  s = add2(vec2f(1, 0), mul2(t, s));
  return negative(mul(n, ExtendedFloat(s, 0)));
}

// 2 atanh(s) = log((1 + s) / (1 − s)) for |s| ≤ 0.1716: 2 s (1 + s²/3 + s⁴/5 + …), the last terms in float32.
fn twiceAtanh(s: ExtendedFloat) -> ExtendedFloat {
  let square = mul(s, s);
  let t = square.v * pow2(max(square.e, -126));
  let tail = 1.0 / 7 + t.x * (1.0 / 9 + t.x * (1.0 / 11 + t.x * (1.0 / 13 + t.x * (1.0 / 15 + t.x * (1.0 / 17)))));
  var u = add2(vec2f(0.20000000298023224, -2.9802322831784522e-9), vec2f(t.x * tail, 0));
  u = add2(vec2f(0.3333333432674408, -9.934107758624577e-9), mul2(t, u));
  u = add2(vec2f(1, 0), mul2(t, u));
  return doubled(mul(s, ExtendedFloat(u, 0)));
}

// log x for x > 0, given x − 1 as well, which near 1 has digits that x lacks: x = 2^k m with m in [√½, √2],
// log x = k ln 2 + 2 atanh((m − 1) / (m + 1)). For 0 the result is far below all other logarithms.
fn logOf(x: ExtendedFloat, above: ExtendedFloat) -> ExtendedFloat {
  if (isZero(x)) { return ExtendedFloat(vec2f(-1, 0), 40); }
  var top = above;
  var bottom = add(TWO, above);
  var k = 0.0;
  let size = approximately(x);
  if (size < 0.72 || size > 1.4) {
    var m = normalised(x.v, x.e);
    if (m.v.x > 1.41421356) { m = ExtendedFloat(m.v * 0.5, m.e + 1); }
    k = f32(m.e);
    top = normalised(add2(m.v, vec2f(-1, 0)), 0);
    bottom = ExtendedFloat(add2(m.v, vec2f(1, 0)), 0);
  }
  let ofM = twiceAtanh(div(top, bottom));
  let ofK = twoSum(k * LN2_A, k * LN2_B);
  return add(normalised(quickTwoSum(ofK.x, ofK.y + k * LN2_C), 0), ofM);
}

fn logarithm(x: ExtendedFloat) -> ExtendedFloat { return logOf(x, sub(x, ONE)); }
fn logarithm1p(x: ExtendedFloat) -> ExtendedFloat { return logOf(add(ONE, x), x); }

// u^γ, computed from log u.
fn power(logU: ExtendedFloat, gamma: ExtendedFloat) -> ExtendedFloat { return exponential(mul(gamma, logU)); }
`;
