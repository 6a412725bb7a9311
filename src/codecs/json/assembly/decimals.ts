import { VALUES } from './memory-layout';
import { exponentAt, length, powerAt, shortest, unit } from './shortest';

/** A float32 as the shortest decimal that reads back to it, without its sign; 0 is all zeros. */
@unmanaged
export class Decimal {
  /** The second digit to the ninth, one per byte, the second in the lowest byte. */
  lastEight: u64;
  first: u32;
  /** Of the first digit. */
  exponent: i32;
}

/** The numbers of a block, which come in groups of four. */
export const DECIMALS: usize = memory.data(1024 * 16, 16);
export const DECIMAL_BITS: usize = 4;

const LANES: usize = 4;
const MIN_TEN_DIGITS: u32 = 1_000_000_000;

// Vector literals are built anew each time, so they lie in memory.
const MAGNITUDES: usize = memory.data<u32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff], 16);
const FRACTIONS: usize = memory.data<u32>([0x7fffff, 0x7fffff, 0x7fffff, 0x7fffff], 16);
const HIDDEN_BITS: usize = memory.data<u32>([0x800000, 0x800000, 0x800000, 0x800000], 16);
const ONES: usize = memory.data<u32>([1, 1, 1, 1], 16);
const TWOS: usize = memory.data<u32>([2, 2, 2, 2], 16);
const FOURS: usize = memory.data<u32>([4, 4, 4, 4], 16);
const FORTIES: usize = memory.data<u32>([40, 40, 40, 40], 16);
const TENS: usize = memory.data<u32>([10, 10, 10, 10], 16);
const HUNDREDS: usize = memory.data<u32>([100, 100, 100, 100], 16);
const TEN_THOUSANDS: usize = memory.data<u32>([10_000, 10_000, 10_000, 10_000], 16);
const MIN_EIGHT_DIGITS: usize = memory.data<u32>([10_000_000, 10_000_000, 10_000_000, 10_000_000], 16);
const MIN_NINE_DIGITS: usize = memory.data<u32>([100_000_000, 100_000_000, 100_000_000, 100_000_000], 16);
const TEN_DIGITS: usize = memory.data<u32>([1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000], 16);
const SIXES: usize = memory.data<u32>([6, 6, 6, 6], 16);
/** ⌈2^(32 + s) / n⌉ for n = 10, 10^4 and 10^8, and the s with which the quotient is exact for all of 32 bits. */
const TENTHS: usize = memory.data<u32>([0xcccccccd, 0xcccccccd, 0xcccccccd, 0xcccccccd], 16);
const TENTHS_SHIFT: i32 = 3;
const TEN_THOUSANDTHS: usize = memory.data<u32>([0xd1b71759, 0xd1b71759, 0xd1b71759, 0xd1b71759], 16);
const TEN_THOUSANDTHS_SHIFT: i32 = 13;
const HUNDRED_MILLIONTHS: usize = memory.data<u32>([0x55e63b89, 0x55e63b89, 0x55e63b89, 0x55e63b89], 16);
const HUNDRED_MILLIONTHS_SHIFT: i32 = 25;
/** ⌈2^20 / 100⌉ and ⌈2^10 / 10⌉, for numbers of four and two digits. */
const HUNDREDTHS: usize = memory.data<u32>([10486, 10486, 10486, 10486], 16);
const SMALL_TENTHS: usize = memory.data<u32>([103 | (103 << 16), 103 | (103 << 16), 103 | (103 << 16), 103 | (103 << 16)], 16);
const SMALL_TENS: usize = memory.data<u32>([10 | (10 << 16), 10 | (10 << 16), 10 | (10 << 16), 10 | (10 << 16)], 16);

/** Turns the first `count` float32s of `VALUES` into decimals. */
export function toDecimals(count: u32): void {
  const end = VALUES + (usize(count) << 2);
  let to = DECIMALS;
  for (let from: usize = VALUES; from < end; from += 4 * LANES, to += LANES << DECIMAL_BITS) {
    const bits = v128.and(v128.load(from), v128.load(MAGNITUDES));
    const fraction = v128.and(bits, v128.load(FRACTIONS));
    const biased = i32x4.shr_u(bits, 23);
    if (i32x4.all_true(fraction) && i32x4.all_true(biased)) storeFour(to, fraction, biased);
    else for (let lane: usize = 0; lane < LANES; lane++) storeOne(to + (lane << DECIMAL_BITS), load<u32>(from + 4 * lane));
  }
}

/** 0, subnormals and powers of two, which are rare, and their neighbours. */
function storeOne(to: usize, bits: u32): void {
  const decimal = changetype<Decimal>(to);
  decimal.lastEight = 0;
  decimal.first = 0;
  decimal.exponent = 0;
  if (bits << 1 == 0) return;
  let digits = shortest(bits & 0x7fffffff) * powerAt(9 - length);
  let exponent = unit + i32(length) - 1;
  if (digits == MIN_TEN_DIGITS) {
    // 9.9999… was rounded up to 10.
    digits = MIN_TEN_DIGITS / 10;
    exponent += 1;
  }
  const first = digits / 100_000_000;
  const five = digits / 10_000;
  decimal.lastEight = eightDigits(five - first * 10_000, digits - five * 10_000);
  decimal.first = first;
  decimal.exponent = exponent;
}

/** The same as `shortest` for four numbers, of which the steps are explained there. None is a power of two or subnormal. */
@inline
function storeFour(to: usize, fraction: v128, biased: v128): void {
  const c = v128.or(fraction, v128.load(HIDDEN_BITS));
  const e0 = exponentAt(i32x4.extract_lane(biased, 0));
  const e1 = exponentAt(i32x4.extract_lane(biased, 1));
  const e2 = exponentAt(i32x4.extract_lane(biased, 2));
  const e3 = exponentAt(i32x4.extract_lane(biased, 3));
  const inverses01 = v128.shuffle<i32>(e0, e1, 0, 4, 1, 5);
  const inverses23 = v128.shuffle<i32>(e2, e3, 0, 4, 1, 5);
  const others01 = v128.shuffle<i32>(e0, e1, 2, 6, 3, 7);
  const others23 = v128.shuffle<i32>(e2, e3, 2, 6, 3, 7);
  const inverseLow = v128.shuffle<i32>(inverses01, inverses23, 0, 1, 4, 5);
  const inverseHigh = v128.shuffle<i32>(inverses01, inverses23, 2, 3, 6, 7);
  const quarter = v128.shuffle<i32>(others01, others23, 0, 1, 4, 5);
  const k = v128.shuffle<i32>(others01, others23, 2, 3, 6, 7);

  const scaledC = i32x4.mul(c, quarter);
  const half = i32x4.shr_u(quarter, 1);
  const odd = v128.and(c, v128.load(ONES));
  const lower = i32x4.add(scaled(inverseLow, inverseHigh, i32x4.sub(scaledC, half)), odd);
  const middle = scaled(inverseLow, inverseHigh, scaledC);
  const upper = i32x4.sub(scaled(inverseLow, inverseHigh, i32x4.add(scaledC, half)), odd);

  const down = i32x4.shr_u(middle, 2);
  const ten = i32x4.mul(divide(down, TENTHS, TENTHS_SHIFT), v128.load(TENS));
  const ten4 = i32x4.shl(ten, 2);
  const down4 = i32x4.shl(down, 2);
  const tenDown = i32x4.le_u(lower, ten4);
  const tenUp = i32x4.le_u(i32x4.add(ten4, v128.load(FORTIES)), upper);
  const oneDown = i32x4.le_u(lower, down4);
  const oneUp = i32x4.le_u(i32x4.add(down4, v128.load(FOURS)), upper);
  const middleOf = v128.or(down4, v128.load(TWOS));
  const isOdd = i32x4.eq(v128.and(down, v128.load(ONES)), v128.load(ONES));
  const nearerUp = v128.or(i32x4.gt_u(middle, middleOf), v128.and(i32x4.eq(middle, middleOf), isOdd));
  const up = v128.bitselect(oneUp, nearerUp, v128.xor(oneUp, oneDown));
  const one = i32x4.sub(down, up);
  const tens = i32x4.add(ten, v128.and(tenUp, v128.load(TENS)));
  const result = v128.bitselect(tens, one, v128.xor(tenDown, tenUp));

  // There are seven to nine digits. A mask is −1.
  const eight = i32x4.ge_u(down, v128.load(MIN_EIGHT_DIGITS));
  const nine = i32x4.ge_u(down, v128.load(MIN_NINE_DIGITS));
  const scale = v128.bitselect(
    v128.bitselect(v128.load(ONES), v128.load(TENS), nine),
    v128.load(HUNDREDS),
    eight,
  );
  const product = i32x4.mul(result, scale);
  const carry = i32x4.eq(product, v128.load(TEN_DIGITS));
  const digits = v128.bitselect(v128.load(MIN_NINE_DIGITS), product, carry);
  const exponent = i32x4.sub(
    i32x4.sub(i32x4.sub(i32x4.add(k, v128.load(SIXES)), eight), nine),
    carry,
  );

  const first = divide(digits, HUNDRED_MILLIONTHS, HUNDRED_MILLIONTHS_SHIFT);
  const five = divide(digits, TEN_THOUSANDTHS, TEN_THOUSANDTHS_SHIFT);
  const high = i32x4.sub(five, i32x4.mul(first, v128.load(TEN_THOUSANDS)));
  const low = i32x4.sub(digits, i32x4.mul(five, v128.load(TEN_THOUSANDS)));
  const digits01 = eachDigit(v128.shuffle<i32>(high, low, 0, 4, 1, 5));
  const digits23 = eachDigit(v128.shuffle<i32>(high, low, 2, 6, 3, 7));
  const heads01 = v128.shuffle<i32>(first, exponent, 0, 4, 1, 5);
  const heads23 = v128.shuffle<i32>(first, exponent, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(digits01, heads01, 0, 2));
  v128.store(to, v128.shuffle<i64>(digits01, heads01, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(digits23, heads23, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(digits23, heads23, 1, 3), 48);
}

/** As `scaled` in shortest.ts, for four numbers with the halves of their inverses. */
@inline
function scaled(gLow: v128, gHigh: v128, c: v128): v128 {
  const high01 = i64x2.add(
    i64x2.extmul_low_i32x4_u(gHigh, c),
    i64x2.shr_u(i64x2.extmul_low_i32x4_u(gLow, c), 32),
  );
  const high23 = i64x2.add(
    i64x2.extmul_high_i32x4_u(gHigh, c),
    i64x2.shr_u(i64x2.extmul_high_i32x4_u(gLow, c), 32),
  );
  const rest = v128.shuffle<i32>(high01, high23, 0, 2, 4, 6);
  const inexact = v128.and(i32x4.gt_u(rest, v128.load(ONES)), v128.load(ONES));
  return v128.or(v128.shuffle<i32>(high01, high23, 1, 3, 5, 7), inexact);
}

/** Four quotients by a constant, which is given by its inverse. */
@inline
function divide(numbers: v128, inverse: usize, shift: i32): v128 {
  const factor = v128.load(inverse);
  const low = i64x2.extmul_low_i32x4_u(numbers, factor);
  const high = i64x2.extmul_high_i32x4_u(numbers, factor);
  return i32x4.shr_u(v128.shuffle<i32>(low, high, 1, 3, 5, 7), shift);
}

/** The digits of four numbers below 10^4, one per byte, the first digit in the lowest byte. */
@inline
function eachDigit(fours: v128): v128 {
  const hundreds = i32x4.shr_u(i32x4.mul(fours, v128.load(HUNDREDTHS)), 20);
  const rest = i32x4.sub(fours, i32x4.mul(hundreds, v128.load(HUNDREDS)));
  const twos = v128.or(hundreds, i32x4.shl(rest, 16));
  const tens = i16x8.shr_u(i16x8.mul(twos, v128.load(SMALL_TENTHS)), 10);
  return v128.or(tens, i16x8.shl(i16x8.sub(twos, i16x8.mul(tens, v128.load(SMALL_TENS))), 8));
}

/** The digits of two numbers below 10^4, in the same order. */
@inline
export function eightDigits(high: u32, low: u32): u64 {
  const fours = u64(high) | (u64(low) << 32);
  const hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((twos - tens * 10) << 8);
}
