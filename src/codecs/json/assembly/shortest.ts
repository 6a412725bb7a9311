import { highSignificand, log2OfPower, lowSignificand } from './powers';

const MIN_UNIT: i32 = -45;
const MAX_UNIT: i32 = 31;

/** 10^-k for each unit 10^k: the upper 64 bits of its significand, rounded up. */
const INVERSES: usize = memory.data(77 * 8, 8);

/** What `shortest` needs of the exponent of a normal number that is no power of two. */
@unmanaged
class Exponent {
  /** The inverse of the unit. */
  inverse: u64;
  /** What the number is multiplied by: 4 · 2^shift. */
  factor: u32;
  /** k, where 10^k is the unit. */
  unit: i32;
}

const EXPONENTS: usize = memory.data(256 * 16, 16);

/** Fills in the inverses and exponents, for `shortest` and `toDecimals`. */
export function prepareInverses(): void {
  for (let k = MIN_UNIT; k <= MAX_UNIT; k++) {
    store<u64>(INVERSES + (usize(k - MIN_UNIT) << 3), highSignificand(-k) + u64(lowSignificand(-k) != 0));
  }
  for (let biased: i32 = 1; biased < 256; biased++) {
    const exponent = changetype<Exponent>(EXPONENTS + (usize(biased) << 4));
    const q = biased - 150;
    const k = (q * 1262611) >> 22;
    exponent.inverse = load<u64>(INVERSES + (usize(k - MIN_UNIT) << 3));
    exponent.factor = u32(4) << (q + log2OfPower(-k) + 1);
    exponent.unit = k;
  }
}

/** An `Exponent` as a vector. */
@inline
export function exponentAt(biased: i32): v128 {
  return v128.load(EXPONENTS + (usize(biased) << 4));
}

/** Further results of `shortest`: the exponent k, and the number of digits of the float32 in units of 10^k, truncated. */
export let unit: i32 = 0;
export let length: u32 = 0;

const POWERS: usize = memory.data<u32>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
]);

/** 10^e for 0 ≤ e ≤ 9. */
@inline
export function powerAt(e: u32): u32 {
  return load<u32>(POWERS + (usize(e) << 2));
}

/**
 * The shortest decimal that reads back to the same float32; the nearest of several, and the even one of two that are equally
 * near. It is the returned integer, which may end in zeros, times 10^`unit`.
 *
 * This is Giulietti's algorithm ("The Schubfach way to render doubles", 2020). All reals between the float32's two
 * boundaries, half way to its neighbours, read back to it. Take the largest 10^k that is no wider than the interval between
 * them. At most one multiple of 10^(k+1) lies in the interval, and is then the shortest; else the multiples of 10^k next to
 * the number have equal length, and one of them lies there.
 *
 * There are no branches, because half of them would be predicted wrongly.
 *
 * @param bits of a number that is not 0, without its sign
 */
@inline
export function shortest(bits: u32): u32 {
  const fraction = bits & 0x7fffff;
  const biased = bits >> 23;
  const normal = u32(biased != 0);
  const c = fraction | (normal << 23);
  const q = i32(biased - normal) - 149; // The number is c · 2^q.
  // Below a power of two, float32s are twice as dense; the smallest normal has subnormals below, which are not.
  const dense = u32(fraction == 0) & u32(biased > 1);
  const k = (q * 1262611 - i32(dense) * 524031) >> 22; // floor(log10(2^q)), or floor(log10(¾ 2^q)).
  const shift = q + log2OfPower(-k) + 1;
  const inverse = load<u64>(INVERSES + (usize(k - MIN_UNIT) << 3));

  // In units of ¼ 10^k. Of the boundaries themselves, those of an even c read back to it.
  const odd = c & 1;
  const lower = scaled(inverse, ((c << 2) - 2 + dense) << shift) + odd;
  const middle = scaled(inverse, (c << 2) << shift);
  const upper = scaled(inverse, ((c << 2) + 2) << shift) - odd;

  const down = middle >> 2;
  unit = k;
  // The number of bits gives the number of digits (log10 2 = 1233 / 4096), or one less.
  const guess = ((32 - clz(down)) * 1233) >> 12;
  length = guess + u32(down >= powerAt(guess));

  const tens = (down / 10) * 10;
  const tenDown = u32(lower <= tens << 2);
  const tenUp = u32((tens << 2) + 40 <= upper);
  const isTen = tenDown ^ tenUp;
  const oneDown = u32(lower <= down << 2);
  const oneUp = u32((down << 2) + 4 <= upper);
  const half = (down << 2) + 2;
  const nearerUp = u32(middle > half) | (u32(middle == half) & down);
  const one = down + ((oneUp & ~oneDown) | (nearerUp & ~(oneUp ^ oneDown) & 1));
  return one + ((tens + tenUp * 10 - one) & (0 - isTen));
}

/** floor(g · c / 2^64), with its last bit set if that is not exact: enough to compare with even numbers. */
@inline
function scaled(g: u64, c: u32): u32 {
  const low = (g & 0xffffffff) * u64(c);
  const high = (g >> 32) * u64(c) + (low >> 32);
  return u32(high >> 32) | u32(u32(high) > 1);
}
