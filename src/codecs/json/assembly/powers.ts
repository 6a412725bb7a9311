/**
 * 10^e = s · 2^(floor(e log2 10) − 127) with a significand 2^127 ≤ s < 2^128, which is rounded if it does not fit. The host
 * stores the table before anything else (significands.ts).
 */

/** For a smaller e, w · 10^e is no normal float64, for any w < 2^64. */
export const MIN_POWER: i32 = -327;
/** The smallest float32 is 1e-45, and its inverse is needed. */
export const MAX_POWER: i32 = 45;

/** The significands, each as two words, the low one first. */
export const SIGNIFICANDS: usize = memory.data(16 * 373, 16);

@inline
export function highSignificand(e: i32): u64 {
  return load<u64>(SIGNIFICANDS + (usize(e - MIN_POWER) << 4), 8);
}

@inline
export function lowSignificand(e: i32): u64 {
  return load<u64>(SIGNIFICANDS + (usize(e - MIN_POWER) << 4));
}

/** floor(e log2 10), for all exponents of the table. */
@inline
export function log2OfPower(e: i32): i32 {
  return (e * 217706) >> 16;
}
