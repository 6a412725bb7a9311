import { LARGE_E, MINUS, PLUS, POINT, SMALL_E, ZERO } from './ascii.ts';

/**
 * Reads JSON numbers from bytes, without a string or a JavaScript value on the way.
 *
 * The digits are taken as an integer m and a power of ten: x = m · 10^e. Where m and 10^|e| are exact in float64, one
 * multiplication or division gives the float64 that the decimal means. Otherwise the product is off by a few ulp, and
 * that is enough for a float32, which has 29 bits less, unless x lies as close to the middle between two of them. In the
 * rare other cases the language's own parser decides.
 */

const MAX_EXPONENT = 60;
const POWERS = Float64Array.from({ length: MAX_EXPONENT + 1 }, (_, i) => Number(`1e${i}`));
/** 10^22 is the last power of ten that float64 holds exactly. */
const MAX_EXACT_EXPONENT = 22;
/** Below this an integer is exact in float64, and still is with one more digit. */
const ROOM_FOR_A_DIGIT = 2 ** 53 / 10 - 1;
/** How far off the product may be, relatively: 1.1e-15 for digits that had no room, 2.2e-16 for each rounding. */
const DOUBT = 2 ** -48;

/** Where reading a number ended; the number itself is in `value`. */
export class NumberReader {
  value = 0;

  /**
   * @param precision that of the array which the number is for; `value` may be more precise
   * @returns the offset behind the number that starts at `start`, or −1 where there is no number that is finite as float32
   */
  read(text: Uint8Array, start: number, precision: 'float32' | 'float64'): number {
    let at = start;
    const negative = text[at] === MINUS;
    if (negative) at += 1;

    let mantissa = 0;
    let exponent = 0;
    let exact = true;
    const whole = at;
    for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) {
      if (mantissa < ROOM_FOR_A_DIGIT) mantissa = mantissa * 10 + digit;
      else {
        exponent += 1;
        exact = false;
      }
    }
    if (at === whole || (at > whole + 1 && text[whole] === ZERO)) return -1;

    if (text[at] === POINT) {
      const fraction = ++at;
      for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) {
        if (mantissa < ROOM_FOR_A_DIGIT) {
          mantissa = mantissa * 10 + digit;
          exponent -= 1;
        } else exact = false;
      }
      if (at === fraction) return -1;
    }
    if (text[at] === SMALL_E || text[at] === LARGE_E) {
      at += 1;
      const sign = text[at] === MINUS ? -1 : 1;
      if (text[at] === MINUS || text[at] === PLUS) at += 1;
      const first = at;
      let power = 0;
      for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) {
        if (power < 10_000) power = power * 10 + digit;
      }
      if (at === first) return -1;
      exponent += sign * power;
    }

    let magnitude = scaled(mantissa, exponent);
    if (!exact || Math.abs(exponent) > MAX_EXACT_EXPONENT) {
      const nearest = Math.fround(magnitude * (1 - DOUBT));
      const certain = precision === 'float32' && nearest === Math.fround(magnitude * (1 + DOUBT));
      magnitude = certain ? nearest : Number(latin1(text, whole, at));
    }
    if (!Number.isFinite(Math.fround(magnitude))) return -1;
    this.value = negative ? -magnitude : magnitude;
    return at;
  }
}

/** The digit at an offset, or −1. */
function digitAt(text: Uint8Array, at: number): number {
  const digit = text[at]! - ZERO;
  return digit <= 9 ? digit : -1;
}

/** m · 10^e; NaN where the table of powers does not reach. */
function scaled(mantissa: number, exponent: number): number {
  if (exponent === 0) return mantissa;
  return exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
}

function latin1(text: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...text.subarray(from, to));
}
