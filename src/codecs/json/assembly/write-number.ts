import { MINUS, POINT, SMALL_E, ZERO } from './ascii';
import { Decimal } from './decimals';

/** The decimal exponents of float32s. */
const MIN_EXPONENT: i32 = -45;
const MAX_EXPONENT: i32 = 38;
/** The exponents of numbers that are as short without `e` as with it. */
const MIN_PLAIN_EXPONENT: i32 = -3;
const MAX_PLAIN_EXPONENT: i32 = 8;

/** How a number with a certain decimal exponent is laid out. */
@unmanaged
class Layout {
  /** For each byte of the text, the lane of the digits that it takes. */
  lanes: v128;
  /** `e-38`, or nothing. */
  suffix: u32;
  suffixLength: u32;
  /** How many digits are written even if they are 0: those before the point. */
  whole: u32;
  /** How many bytes are added to the digits, if there are more than `whole`: a point, or `0.00`. */
  added: u32;
}

const LAYOUTS: usize = memory.data(84 * 32, 16);
const LAYOUT_BITS: usize = 5;

// Lanes: nine digits and these.
const ZERO_LANE: u8 = 14;
const POINT_LANE: u8 = 15;
const UPPER_LANES: u64 = (u64(POINT) << 56) | (u64(ZERO) << 48) | u64(ZERO);
const ASCII_DIGITS: u64 = 0x3030303030303030;

/** Fills in the layouts, for `writeNumber`. */
export function prepareLayouts(): void {
  for (let exponent = MIN_EXPONENT; exponent <= MAX_EXPONENT; exponent++) {
    const layout = changetype<Layout>(LAYOUTS + (usize(exponent - MIN_EXPONENT) << LAYOUT_BITS));
    const lanes = changetype<usize>(layout);
    const plain = exponent >= MIN_PLAIN_EXPONENT && exponent <= MAX_PLAIN_EXPONENT;
    const before: u32 = plain && exponent < 0 ? 1 - exponent : 0; // `0.00`
    layout.whole = before ? 0 : plain ? exponent + 1 : 1;
    layout.added = before ? before : 1;
    for (let at: u32 = 0; at < 16; at++) {
      let lane: u32 = at - before;
      if (at < before) lane = at == 1 ? POINT_LANE : ZERO_LANE;
      else if (!before && at == layout.whole) lane = POINT_LANE;
      else if (!before && at > layout.whole) lane = at - 1;
      store<u8>(lanes + at, u8(lane));
    }
    if (!plain) layout.suffixLength = writeSuffix(lanes + offsetof<Layout>('suffix'), exponent);
  }
}

/** `e-38` */
function writeSuffix(start: usize, exponent: i32): u32 {
  let at = start;
  store<u8>(at++, SMALL_E);
  if (exponent < 0) store<u8>(at++, MINUS);
  const size = abs(exponent);
  if (size >= 10) store<u8>(at++, ZERO + size / 10);
  store<u8>(at++, ZERO + (size % 10));
  return u32(at - start);
}

/**
 * Writes a finite float32 without an exponent where that is as short; −0 as 0. It overwrites up to 16 bytes behind the number.
 *
 * @param bits of the float32
 * @param decimal its address among `DECIMALS`
 * @returns the address behind it
 */
@inline
export function writeNumber(start: usize, bits: u32, decimal: usize): usize {
  store<u8>(start, MINUS);
  const at = start + usize((bits >> 31) & u32(bits << 1 != 0));

  const digits = changetype<Decimal>(decimal);
  const lastEight = digits.lastEight;
  const count: u32 = 9 - (u32(clz(lastEight)) >> 3); // Less zeros at the end.
  const lower = (lastEight << 8) + u64(digits.first) + ASCII_DIGITS;
  const upper = (lastEight >> 56) + UPPER_LANES;

  const layout = changetype<Layout>(LAYOUTS + (usize(digits.exponent - MIN_EXPONENT) << LAYOUT_BITS));
  v128.store(at, i8x16.swizzle(i64x2.replace_lane(i64x2.splat(lower), 1, upper), layout.lanes));
  const end = at + usize(count > layout.whole ? count + layout.added : layout.whole);
  store<u32>(end, layout.suffix);
  return end + usize(layout.suffixLength);
}
