import { highSignificand, log2OfPower, lowSignificand } from './powers';

/** The power of ten that goes with the digits that were found last. */
export let power: i32 = 0;

/**
 * The shortest decimal that reads back to the same float32, the nearest to it among the shortest, and the even one of two
 * that are as near: digits · 10^`power`. The digits may end in zeros.
 *
 * This is Giulietti's algorithm ("The Schubfach way to render doubles", 2020). All reals between the float32's two
 * boundaries, half way to its neighbours, read back to it. With the largest 10^k that is no wider than the space between
 * them, at most one multiple of 10^(k+1) lies there, which is then the shortest; else the multiples of 10^k next to the
 * number are of equal length, and one of them lies there.
 *
 * @param bits of a number that is not 0, without its sign
 */
@inline
export function shortest(bits: u32): u32 {
  const fraction = bits & 0x7fffff;
  const biased = bits >> 23;
  const c = biased ? fraction | 0x800000 : fraction;
  const q = i32(max(biased, 1)) - 150; // The number is c · 2^q.
  // Below a power of two, float32s are twice as dense; the smallest normal has subnormals below, which are not.
  const dense = u32(fraction == 0 && biased > 1);
  const k = (q * 1262611 - (dense ? 524031 : 0)) >> 22; // floor(log10(2^q)), or floor(log10(¾ 2^q)).
  const shift = q + log2OfPower(-k) + 1;
  const g = highSignificand(-k) + u64(lowSignificand(-k) != 0); // Rounded up.

  // In units of ¼ 10^k. Of the boundaries themselves, those of an even c read back to it.
  const odd = c & 1;
  const lower = scaled(g, ((c << 2) - 2 + dense) << shift) + odd;
  const middle = scaled(g, (c << 2) << shift);
  const upper = scaled(g, ((c << 2) + 2) << shift) - odd;

  const down = middle >> 2;
  const tens = down / 10;
  const tenDown = u32(lower <= tens * 40);
  const tenUp = u32(tens * 40 + 40 <= upper);
  const isTen = tenDown != tenUp;
  const oneDown = lower <= down << 2;
  const oneUp = (down << 2) + 4 <= upper;
  const half = (down << 2) + 2;
  const nearerUp = u32(middle > half) | (u32(middle == half) & down & 1);
  const up = oneDown != oneUp ? u32(oneUp) : nearerUp;
  power = k + i32(isTen);
  return isTen ? tens + tenUp : down + up;
}

/** floor(g · c / 2^64), its last bit set where that is not exact: enough to compare with even numbers. */
@inline
function scaled(g: u64, c: u32): u32 {
  const low = (g & 0xffffffff) * u64(c);
  const high = (g >> 32) * u64(c) + (low >> 32);
  return u32(high >> 32) | u32(u32(high) > 1);
}
