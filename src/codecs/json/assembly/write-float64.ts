import { MINUS, PLUS, POINT, SMALL_E, ZERO } from './ascii';
import { integerPower } from './decimal';
import { shortest64, unit64 } from './shortest64';
import { eightDigits } from './decimals';

const ASCII_DIGITS: u64 = 0x3030303030303030;
/** `null` and `0.000000` as little-endian words. */
const NULL: u32 = 0x6c6c756e;
const LEADING_ZEROS: u64 = 0x3030303030302e30;

/** A float64 has up to 17 significant digits. */
const DIGITS: i32 = 17;
/** What JavaScript writes without an exponent: 0.000001 to 999999999999999900000. */
const MIN_POINT: i32 = -5;
const MAX_POINT: i32 = 21;

/**
 * Writes a float64 as JavaScript's `JSON.stringify` does: the shortest decimal that reads back to it, −0 as 0, and `null` for
 * what is not finite. It overwrites up to 32 bytes behind the number.
 *
 * @returns the address behind it
 */
export function writeFloat64(start: usize, value: f64): usize {
  const integer = u32(value);
  if (f64(integer) == value && integer < 100_000_000) return writeInteger(start, integer);
  const bits = reinterpret<u64>(value);
  const magnitude = bits & 0x7fffffffffffffff;
  if (magnitude >= 0x7ff0000000000000) {
    store<u32>(start, NULL);
    return start + 4;
  }
  store<u8>(start, MINUS);
  const at = start + usize(bits >> 63);

  const shortest = shortest64(magnitude);
  const guess = ((64 - i32(clz(shortest))) * 1233) >> 12;
  const length = guess + i32(shortest >= integerPower(guess));
  const digits = shortest * integerPower(DIGITS - length);
  const first = digits / 10_000_000_000_000_000;
  const rest = digits - first * 10_000_000_000_000_000;
  const upper = rest / 100_000_000;
  const middle = eightDigitsOf(u32(upper));
  const last = eightDigitsOf(u32(rest - upper * 100_000_000));
  const zeros = last ? i32(clz(last)) >> 3 : 8 + (i32(clz(middle)) >> 3);
  const count = DIGITS - zeros;
  const point = unit64 + length;

  if (point > 0 && point <= MAX_POINT) {
    storeDigits(at, first, middle, last);
    if (count <= point) {
      store<u32>(at, 0x30303030, 17);
      return at + usize(point);
    }
    const fraction = at + usize(point);
    v128.store(fraction, v128.load(fraction), 1);
    store<u8>(fraction, POINT);
    return at + usize(count) + 1;
  }
  if (point >= MIN_POINT && point <= 0) {
    store<u64>(at, LEADING_ZEROS);
    const firstAt = at + usize(2 - point);
    storeDigits(firstAt, first, middle, last);
    return firstAt + usize(count);
  }
  storeDigits(at + 1, first, middle, last);
  store<u8>(at, u8(first) + u8(ZERO));
  if (count > 1) store<u8>(at, POINT, 1);
  return writeExponent(at + usize(count) + usize(count > 1), point - 1);
}

/** An integer below 10^8. */
@inline
function writeInteger(at: usize, integer: u32): usize {
  const digits = eightDigitsOf(integer);
  const zeros = min(u64(7), ctz(digits) >> 3);
  store<u64>(at, (digits + ASCII_DIGITS) >> (zeros << 3));
  return at + usize(8 - zeros);
}

@inline
function eightDigitsOf(integer: u32): u64 {
  const upper = integer / 10_000;
  return eightDigits(upper, integer - upper * 10_000);
}

@inline
function storeDigits(at: usize, first: u64, middle: u64, last: u64): void {
  store<u8>(at, u8(first) + u8(ZERO));
  store<u64>(at, middle + ASCII_DIGITS, 1);
  store<u64>(at, last + ASCII_DIGITS, 9);
}

/** `e+21` or `e-7` */
function writeExponent(start: usize, exponent: i32): usize {
  let at = start;
  store<u8>(at++, SMALL_E);
  store<u8>(at++, exponent < 0 ? MINUS : PLUS);
  return writeInteger(at, u32(abs(exponent)));
}
