import { MINUS, PLUS, POINT, SMALL_E, ZERO } from './ascii';
import { exactPower, integerPower, MAX_EXACT_POWER, signedPower, toFloat64 } from './decimal';
import { areDigits, digitMask32, integer, integerOf, pointedDigits, skipDigits } from './digits';

/** JavaScript's own parser, for a number between two addresses. */
@external('host', 'parseNumber')
declare function parseNumber(start: usize, end: usize): f64;

/** This many digits always fit into 64 bits. */
const MAX_DIGITS: usize = 19;
/** With a number of one digit or more this is infinite as float32. */
const INFINITE_POWER: i32 = 39;
const LARGE_POWER: i32 = 100_000;
const HALF_WAY: u32 = 0x1000_0000;
/** The smallest float32 of 24 bits. */
const MIN_NORMAL: f64 = 1.1754943508222875e-38;

/** The most characters behind the sign that are read at once. */
const MAX_CHARACTERS: u32 = 15;

/**
 * Reads a JSON number without an exponent, and stores it as `JSON.parse` reads it, a float64, or that rounded to float32.
 *
 * @param length how many characters from `start` on may belong to it, at most 64
 * @param points a bit for each of them that is a point, the first in the lowest bit, and any bits behind
 * @returns whether that is all of the number, and it is short enough; else `readNumber` has to read it
 */
@inline
export function readShortNumber(start: usize, length: u32, points: u64, to: usize, float64: bool): bool {
  const negative = u32(load<u8>(start) == MINUS);
  const first = start + negative;
  const count = length - negative;
  if (count > MAX_CHARACTERS) return false;
  const whole = u32(ctz((points >> negative) | (u64(1) << count)));
  const digits = pointedDigits(first, count, whole);
  if (u32(!areDigits(digits)) | (u32(whole > 1) & u32(load<u8>(first) == ZERO))) return false;
  // float64 holds both integers exactly: so their quotient is the correctly rounded number (Clinger, "How to read floating point
  // numbers accurately", 1990).
  storeNumber(f64(i64(integerOf(digits))) / signedPower(count - whole, negative), to, float64);
  return true;
}

@inline
function storeNumber(value: f64, to: usize, float64: bool): void {
  if (float64) store<f64>(to, value);
  else store<f32>(to, f32(value));
}

/**
 * Reads a number of any length, with or without an exponent.
 *
 * @returns the address behind it, or 0 if there is no number that is finite as float32
 */
export function readNumber(start: usize, to: usize, float64: bool): usize {
  const negative = u32(load<u8>(start) == MINUS);
  const first = start + negative;
  const nonDigits = ~digitMask32(first);
  const wholeEnd = nonDigits ? first + ctz(nonDigits) : skipDigits(first + 32);
  if (wholeEnd == first || (wholeEnd > first + 1 && load<u8>(first) == ZERO)) return 0;
  let fraction = wholeEnd;
  let end = wholeEnd;
  if (load<u8>(end) == POINT) {
    fraction += 1;
    // Often both ends lie within the same 32 bytes.
    const behind = nonDigits & (nonDigits - 1);
    end = behind ? first + ctz(behind) : skipDigits(fraction);
    if (end == fraction) return 0;
  }
  const digitsEnd = end;
  let power = 0;
  if ((load<u8>(end) | 0x20) == SMALL_E) {
    end += 1;
    const sign = load<u8>(end);
    if (sign == MINUS || sign == PLUS) end += 1;
    const powerStart = end;
    for (let digit = load<u8>(end) - ZERO; digit <= 9; digit = load<u8>(++end) - ZERO) {
      if (power < LARGE_POWER) power = power * 10 + digit;
    }
    if (end == powerStart) return 0;
    if (sign == MINUS) power = -power;
  }
  let magnitude = read(first, wholeEnd, fraction, digitsEnd, power, float64);
  if (magnitude != magnitude) magnitude = parseNumber(first, end);
  if (f32(magnitude) == Infinity) return 0;
  storeNumber(reinterpret<f64>(reinterpret<u64>(magnitude) | (u64(negative) << 63)), to, float64); // Without a branch.
  return end;
}

/** The float64 for digits around a point, times a power of ten; NaN if JavaScript's parser must decide. */
@inline
function read(first: usize, wholeEnd: usize, fraction: usize, end: usize, power: i32, float64: bool): f64 {
  const whole = wholeEnd - first;
  const places = end - fraction;
  if (whole + places <= MAX_DIGITS) {
    const w = digits(first, wholeEnd, fraction, end);
    const e = power - i32(places);
    if (!float64 && e <= 0 && e >= -MAX_EXACT_POWER && i64(w) > 0) {
      const quotient = f64(i64(w)) / exactPower(-e);
      if (roundsAsItself(quotient)) return quotient;
    }
    return scaled(w, e);
  }

  // Leading zeros of the fraction are no significant digits.
  let from = fraction;
  if (whole == 1 && load<u8>(first) == ZERO) {
    while (from < end && load<u8>(from) == ZERO) from += 1;
    if (end - from <= MAX_DIGITS) return scaled(from < end ? integer(from, end) : 0, power - i32(places));
    return between(integer(from, from + MAX_DIGITS), power - i32(from + MAX_DIGITS - fraction));
  }
  if (whole >= MAX_DIGITS) return between(integer(first, first + MAX_DIGITS), power + i32(whole - MAX_DIGITS));
  const taken = MAX_DIGITS - whole;
  return between(digits(first, wholeEnd, fraction, fraction + taken), power - i32(taken));
}

/**
 * Whether a quotient of two integers, each rounded to float64 or exact, is the same float32 as the correctly rounded float64
 * is, from which it differs by less than 3 in its last place: no float32's boundary is near, half way to its neighbour.
 */
@inline
function roundsAsItself(quotient: f64): bool {
  const rest = u32(reinterpret<u64>(quotient)) & 0x1fff_ffff; // Below the last bit of a float32.
  return rest - (HALF_WAY - 4) > 8 && quotient >= MIN_NORMAL;
}

@inline
function digits(first: usize, wholeEnd: usize, fraction: usize, end: usize): u64 {
  const whole = wholeEnd == first + 1 ? u64(load<u8>(first) - ZERO) : integer(first, wholeEnd);
  return fraction < end ? whole * integerPower(i32(end - fraction)) + integer(fraction, end) : whole;
}

/** More digits follow those of w: the number is certain if w and w + 1 round to the same. */
function between(w: u64, power: i32): f64 {
  const low = scaled(w, power);
  return low == scaled(w + 1, power) ? low : NaN;
}

function scaled(w: u64, power: i32): f64 {
  if (power < INFINITE_POWER) return toFloat64(w, power);
  return w == 0 ? 0 : Infinity;
}
