/**
 * Writes float32 numbers as the shortest decimals that read back to the same float32.
 *
 * `String(x)` prints a float32's float64 neighbourhood: 0.10000000149011612 where 0.1 would do. Nine digits always
 * tell float32s apart, and nine digits fit a float64 exactly, so the search for fewer is plain arithmetic.
 */

/** Room that any number takes at most: sign, 9 digits, point, and `e-38` or up to 3 zeros. */
export const MAX_FLOAT32_TEXT = 16;

const bits = new Float32Array(1);
const word = new Uint32Array(bits.buffer);

const MIN_POWER = -45;
const MAX_POWER = 60;
const POWERS = Float64Array.from({ length: MAX_POWER - MIN_POWER + 1 }, (_, i) => Number(`1e${i + MIN_POWER}`));
const powerOfTen = (exponent: number): number => POWERS[exponent - MIN_POWER]!;

/** Closer to the edge of a rounding interval than this part of it, arithmetic in float64 can't be trusted. */
const EDGE = 1e-5;

/**
 * Writes `value` as ASCII at `offset`.
 *
 * @param value finite; rounded to float32
 * @returns the offset behind it
 */
export function writeFloat32(target: Uint8Array, offset: number, value: number): number {
  bits[0] = value;
  const x = Math.abs(bits[0]!);
  let at = offset;
  if (x === 0) {
    target[at++] = ZERO;
    return at;
  }
  if (value < 0) target[at++] = MINUS;

  // 10^exponent ≤ x < 10^(exponent + 1)
  let exponent = Math.floor(Math.log10(x));
  if (powerOfTen(exponent + 1) <= x) exponent += 1;
  else if (powerOfTen(exponent) > x) exponent -= 1;

  let digits = shortestDigits(x, exponent);
  if (digits === 1_000_000_000) {
    digits = 100_000_000;
    exponent += 1;
  }
  let count = 9;
  while (digits % 10 === 0) {
    digits /= 10;
    count -= 1;
  }
  return writeDecimal(target, at, digits, count, exponent);
}

/**
 * The multiple of the largest power of ten, as nine digits, that still rounds to x.
 *
 * The reals that round to x reach half way to its neighbours: half an ulp up, and down as well, but only a quarter
 * where x is a power of two and the float32s below lie twice as dense.
 */
function shortestDigits(x: number, exponent: number): number {
  bits[0] = x;
  const mantissa = word[0]! & 0x7fffff;
  const biased = word[0]! >>> 23;
  const ulp = 2 ** (Math.max(biased, 1) - 150);
  const scale = 8 - exponent;
  const scaled = scale > MAX_POWER ? x * powerOfTen(MAX_POWER) * powerOfTen(scale - MAX_POWER) : x * powerOfTen(scale);
  const unit = scaled / x;
  const above = (ulp / 2) * unit;
  const below = mantissa === 0 && biased > 1 ? above / 2 : above;

  let best = Math.round(scaled);
  for (let step = 10; step <= 1_000_000_000; step *= 10) {
    const candidate = Math.round(scaled / step) * step;
    const distance = candidate - scaled;
    const reach = distance > 0 ? above : below;
    const part = Math.abs(distance) / reach;
    if (part > 1 + EDGE) break;
    if (part > 1 - EDGE && Math.fround(Number(`${candidate}e${-scale}`)) !== x) break;
    best = candidate;
  }
  return best;
}

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
const LETTER_E = 101;

/** Writes digits · 10^(exponent − count + 1), plainly where that is as short as with an exponent. */
function writeDecimal(target: Uint8Array, offset: number, digits: number, count: number, exponent: number): number {
  if (exponent < -3 || exponent > 8) {
    let at = writeDigits(target, offset, digits, count, 1);
    target[at++] = LETTER_E;
    if (exponent < 0) target[at++] = MINUS;
    const size = Math.abs(exponent);
    return writeDigits(target, at, size, size < 10 ? 1 : 2, 2);
  }
  if (exponent < 0) {
    let at = offset;
    target[at++] = ZERO;
    target[at++] = POINT;
    for (let i = -1; i > exponent; i--) target[at++] = ZERO;
    return writeDigits(target, at, digits, count, count);
  }
  const whole = exponent + 1;
  if (count > whole) return writeDigits(target, offset, digits, count, whole);
  return writeDigits(target, offset, digits * powerOfTen(whole - count), whole, whole);
}

/** Writes `count` digits, with a point after the first `whole` unless they are all. */
function writeDigits(target: Uint8Array, offset: number, digits: number, count: number, whole: number): number {
  const end = offset + count + (whole < count ? 1 : 0);
  let rest = digits;
  let at = end;
  for (let i = count; i > 0; i--) {
    if (i === whole && whole < count) target[--at] = POINT;
    const next = Math.floor(rest / 10);
    target[--at] = ZERO + (rest - next * 10);
    rest = next;
  }
  return end;
}
