import { highSignificand, MIN_POWER, log2OfPower, lowSignificand } from './powers';

/**
 * 10^n for n digits behind the point, by the number of characters from the point on, which is none or two and more: so 10^0, a
 * 0 that is not used, and 10^1 to 10^14; then their negatives. float64 holds them exactly.
 */
const SIGNED_POWERS: usize = memory.data<f64>([
  1e0, 0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, -1e0, 0, -1e1, -1e2, -1e3, -1e4,
  -1e5, -1e6, -1e7, -1e8, -1e9, -1e10, -1e11, -1e12, -1e13, -1e14,
]);
/** The powers of ten that float64 holds exactly: 10^0 to 10^22. */
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);
export const MAX_EXACT_POWER: i32 = 22;
const INTEGER_POWERS: usize = memory.data<u64>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]);

/** The power of ten for `length` characters from the point on, 0 to 15, or its negative. */
@inline
export function signedPower(length: u32, negative: u32): f64 {
  return load<f64>(SIGNED_POWERS + (usize(length | (negative << 4)) << 3));
}

/** 10^e for 0 ≤ e ≤ 22. */
@inline
export function exactPower(e: i32): f64 {
  return load<f64>(EXACT_POWERS + (usize(e) << 3));
}

/** 10^e for 0 ≤ e ≤ 19. */
@inline
export function integerPower(e: i32): u64 {
  return load<u64>(INTEGER_POWERS + (usize(e) << 3));
}

/**
 * The float64 nearest to w · 10^e, ties to even.
 *
 * This computes the upper half of their product, and uses all 128 bits of 10^e only if 64 are not enough: Eisel's algorithm,
 * as in Lemire, "Number parsing at a gigabyte per second", 2021. Mushtak and Lemire, "Fast number parsing without fallback",
 * 2023, prove that the truncated product is always enough.
 *
 * @param e at most 45
 * @returns NaN if it is subnormal
 */
export function toFloat64(w: u64, e: i32): f64 {
  if (w == 0) return 0;
  if (e < MIN_POWER) return NaN;
  const shift = clz(w);
  const factor = w << shift;
  const power = highSignificand(e);
  let high = multiplyHigh(factor, power);
  let low = factor * power;
  // 55 bits are needed: 53, one to round by, and one because the product may lack its first. Could a carry reach them?
  if ((high & 0x1ff) == 0x1ff) {
    const more = multiplyHigh(factor, lowSignificand(e));
    low += more;
    high += u64(low < more);
  }
  const upper = high >> 63;
  let mantissa = high >> (9 + upper);
  const exponent = log2OfPower(e) + i32(upper) - i32(shift) + 63 + 1023;
  if (exponent <= 0) return NaN;
  // An exact product that is half way between two floats is rounded to even. Only these powers give exact products.
  if (low <= 1 && e >= -4 && e <= 23 && (mantissa & 3) == 1 && mantissa << (9 + upper) == high) mantissa -= 1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  // The mantissa's first bit, which float64 does not store, adds the 1 that is missing from the exponent here; so does
  // a carry to 2^53 in rounding.
  return reinterpret<f64>((u64(exponent - 1) << 52) + mantissa);
}

/** The upper 64 of the 128 bits of a product, computed from halves of 32 bits. */
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}
