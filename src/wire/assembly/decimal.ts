import { highSignificand, LEAST_POWER, log2OfPower, lowSignificand } from './powers';

/** 10^22 is the last power of ten that float64 holds exactly. */
const MAX_EXACT_POWER: i32 = 22;
/** So far, float64 holds every integer. */
const MAX_EXACT_INTEGER: u64 = 1 << 53;
/** 10^0 to 10^22, and then their negatives. */
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22, -1e0, -1e1, -1e2, -1e3, -1e4, -1e5, -1e6, -1e7, -1e8, -1e9, -1e10, -1e11, -1e12, -1e13, -1e14, -1e15,
  -1e16, -1e17, -1e18, -1e19, -1e20, -1e21, -1e22,
]);
const INTEGER_POWERS: usize = memory.data<u64>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]);

/** 10^e for 0 ≤ e ≤ 22, or −10^e. */
@inline
export function signedPower(e: i32, negative: u32): f64 {
  return load<f64>(EXACT_POWERS + (usize(e + negative * (MAX_EXACT_POWER + 1)) << 3));
}

/** 10^e for 0 ≤ e ≤ 19. */
@inline
export function integerPower(e: i32): u64 {
  return load<u64>(INTEGER_POWERS + (usize(e) << 3));
}

/**
 * The float64 nearest to w · 10^e, ties to even.
 *
 * Where both are exact in float64, so is one operation on them but for its rounding (Clinger, "How to read floating point
 * numbers accurately", 1990).
 *
 * @param e at most 38
 * @returns NaN where it is subnormal
 */
export function toFloat64(w: u64, e: i32): f64 {
  if (w <= MAX_EXACT_INTEGER && e >= -MAX_EXACT_POWER && e <= MAX_EXACT_POWER) {
    return e < 0 ? f64(w) / signedPower(-e, 0) : f64(w) * signedPower(e, 0);
  }
  if (w == 0) return 0;
  return e < LEAST_POWER ? NaN : byProduct(w, e);
}

/**
 * Takes the upper half of w · 10^e, with the 128 bits of 10^e only where 64 do not settle it: Eisel's algorithm, as in
 * Lemire, "Number parsing at a gigabyte per second", 2021. That the truncated product always does settle it is in Mushtak
 * and Lemire, "Fast number parsing without fallback", 2023.
 */
function byProduct(w: u64, e: i32): f64 {
  const shift = clz(w);
  const factor = w << shift;
  const power = highSignificand(e);
  let high = multiplyHigh(factor, power);
  let low = factor * power;
  // 55 bits are wanted: 53, one to round by, and one as the product may lack its first. Might a carry reach them?
  if ((high & 0x1ff) == 0x1ff) {
    const more = multiplyHigh(factor, lowSignificand(e));
    low += more;
    high += u64(low < more);
  }
  const upper = high >> 63;
  let mantissa = high >> (9 + upper);
  let exponent = log2OfPower(e) + i32(upper) - i32(shift) + 63 + 1023;
  if (exponent <= 0) return NaN;
  // A product that is exact and just half way goes to even. It can be exact only for these powers.
  if (low <= 1 && e >= -4 && e <= 23 && (mantissa & 3) == 1 && mantissa << (9 + upper) == high) mantissa -= 1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  // The mantissa's first bit, which float64 does not store, adds the 1 that is missing from the exponent here; so does
  // a carry to 2^53 in rounding.
  return reinterpret<f64>((u64(exponent - 1) << 52) + mantissa);
}

/** The upper 64 bits of a product of 128, by halves. */
@inline
function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}
