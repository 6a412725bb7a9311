import { multiplyHigh } from './decimal';
import { highSignificand, log2OfPower64, lowSignificand } from './powers';

/** A further result of `shortest64`: the exponent k. */
export let unit64: i32 = 0;

/** Powers of ten from 10^56 on and below 10^-27 are rounded down in the table. */
const MAX_EXACT_POWER: i32 = 55;
const MIN_ROUNDED_UP: i32 = -27;

/**
 * As `shortest`, for float64: the shortest decimal that reads back to the number, as an integer times 10^`unit64`. The
 * integer may end in zeros.
 *
 * @param bits of a number that is not 0, without its sign
 */
@inline
export function shortest64(bits: u64): u64 {
  const fraction = bits & 0xfffffffffffff;
  const biased = i32(bits >> 52);
  const normal = i32(biased != 0);
  const c = fraction | (u64(normal) << 52);
  const q = biased - normal - 1074; // The number is c · 2^q.
  const dense = u64(fraction == 0) & u64(biased > 1);
  const k = (q * 1262611 - i32(dense) * 524031) >> 22;
  const shift = q + log2OfPower64(-k) + 1;

  const roundUp = u64(-k > MAX_EXACT_POWER || -k < MIN_ROUNDED_UP);
  const low = lowSignificand(-k) + roundUp;
  const high = highSignificand(-k) + (roundUp & u64(low == 0));
  const odd = c & 1;
  const lower = scaled64(high, low, ((c << 2) - 2 + dense) << shift) + odd;
  const middle = scaled64(high, low, (c << 2) << shift);
  const upper = scaled64(high, low, ((c << 2) + 2) << shift) - odd;

  const down = middle >> 2;
  unit64 = k;
  const tens = (down / 10) * 10;
  const tenDown = u64(lower <= tens << 2);
  const tenUp = u64((tens << 2) + 40 <= upper);
  if (tenDown != tenUp) return tens + tenUp * 10;
  const oneDown = u64(lower <= down << 2);
  const oneUp = u64((down << 2) + 4 <= upper);
  if (oneDown != oneUp) return down + oneUp;
  const half = (down << 2) + 2;
  return down + u64(middle > half || (middle == half && (down & 1) != 0));
}

/** floor(g · c / 2^128) for g = high · 2^64 + low, with its last bit set if that is not exact. */
@inline
function scaled64(high: u64, low: u64, c: u64): u64 {
  const middle = high * c + multiplyHigh(low, c);
  const carry = u64(middle < high * c);
  return (multiplyHigh(high, c) + carry) | u64(middle > 1);
}
