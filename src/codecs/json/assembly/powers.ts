/**
 * 10^e = s · 2^(floor(e log2 10) − 127) with a significand 2^127 ≤ s < 2^128, which is rounded if it does not fit. The host
 * stores the table before anything else (significands.ts).
 */

/** For a smaller e, w · 10^e is no normal float64, for any w < 2^64. */
export const MIN_POWER: i32 = -327;
/** The smallest float64 is 5e-324, and the inverse of 1e-324 is needed to write it. */
export const MAX_POWER: i32 = 324;

/** The significands, each as two words, the low one first. */
export const SIGNIFICANDS: usize = memory.data(16 * 652, 16);

@inline
export function highSignificand(e: i32): u64 {
  return load<u64>(SIGNIFICANDS + (usize(e - MIN_POWER) << 4), 8);
}

@inline
export function lowSignificand(e: i32): u64 {
  return load<u64>(SIGNIFICANDS + (usize(e - MIN_POWER) << 4));
}

/** floor(e log2 10), for exponents of the table up to 45. */
@inline
export function log2OfPower(e: i32): i32 {
  return (e * 217706) >> 16;
}

/** The same for all exponents of the table. */
@inline
export function log2OfPower64(e: i32): i32 {
  return (e * 1741647) >> 19;
}
