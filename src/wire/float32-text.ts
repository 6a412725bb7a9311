import { MINUS, POINT, SMALL_E, ZERO } from './ascii.ts';
/**
 * Writes float32 numbers as the shortest decimals that read back to the same float32.
 *
 * `String(x)` prints a float32's float64 neighbourhood: 0.10000000149011612 where 0.1 would do. Nine digits always
 * tell float32s apart, and nine digits fit a float64 exactly, so the search for fewer is plain arithmetic.
 */

/** Room that any number takes at most: sign, 9 digits, point, and `e-38` or up to 3 zeros. */
export const MAX_FLOAT32_TEXT = 16;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

const MIN_POWER = -45;
const MAX_POWER = 60;
const POWERS = Float64Array.from({ length: MAX_POWER - MIN_POWER + 1 }, (_, i) => Number(`1e${i + MIN_POWER}`));
const powerOfTen = (exponent: number): number => POWERS[exponent - MIN_POWER]!;

/** Half an ulp of the float32s with each biased exponent; subnormals are spaced like the smallest normals. */
const HALF_ULPS = Float64Array.from({ length: 255 }, (_, biased) => 2 ** (Math.max(biased, 1) - 151));

/** Closer to the edge of a rounding interval than this part of it, arithmetic in float64 can't be trusted. */
const EDGE = 1e-5;

/**
 * Writes a number of a tensor, which must be finite, as ASCII at `offset`. (Taking the tensor and not the number spares
 * an object: JavaScript engines put a float64 that goes from function to function on the heap.)
 *
 * @returns the offset behind it
 */
export function writeFloat32(target: Uint8Array, offset: number, values: Float32Array, index: number): number {
  float[0] = values[index]!;
  const x = Math.abs(float[0]!);
  let at = offset;
  if (x === 0) {
    target[at++] = ZERO;
    return at;
  }
  if (float[0]! < 0) target[at++] = MINUS;

  // 10^exponent ≤ x < 10^(exponent + 1), guessed from the binary exponent (log10 2 = 0.30103), then put right.
  const biased = (word[0]! >>> 23) & 0xff;
  let exponent = biased === 0 ? Math.floor(Math.log10(x)) : Math.floor((biased - 127) * 0.30103);
  if (x >= powerOfTen(exponent + 1)) exponent += 1;
  return writeShortest(target, at, exponent, biased);
}

/**
 * Writes the multiple of the largest power of ten that still rounds to x = |float[0]|, the nearest one to x.
 *
 * x is scaled to nine digits before the point. The reals that round to x reach half way to its neighbours: half an
 * ulp up, and down as well, but only a quarter where x is a power of two and the float32s below lie twice as dense.
 */
function writeShortest(target: Uint8Array, offset: number, exponent: number, biased: number): number {
  const x = Math.abs(float[0]!);
  const scale = 8 - exponent;
  const unit = powerOfTen(scale);
  const scaled = x * unit;
  const above = HALF_ULPS[biased]! * unit;
  const below = (word[0]! & 0x7fffff) === 0 && biased > 1 ? above / 2 : above;

  let digits = Math.floor(scaled + 0.5);
  let dropped = 0;
  for (let step = 10; dropped < 9; step *= 10) {
    const shorter = Math.floor(scaled / step + 0.5);
    const distance = shorter * step - scaled;
    const part = distance > 0 ? distance / above : -distance / below;
    if (part > 1 - EDGE && !(part < 1 + EDGE && Math.fround(Number(`${shorter * step}e${-scale}`)) === x)) break;
    digits = shorter;
    dropped += 1;
  }
  // 9.9999… rounded up to 10: one digit, a power higher.
  if (digits === 10 && dropped === 8) return writeDecimal(target, offset, 1, 1, exponent + 1);
  if (dropped === 9) return writeDecimal(target, offset, digits, 1, exponent + 1);
  return writeDecimal(target, offset, digits, 9 - dropped, exponent);
}

/** Writes digits · 10^(exponent − count + 1), plainly where that is as short as with an exponent. */
function writeDecimal(target: Uint8Array, offset: number, digits: number, count: number, exponent: number): number {
  let at = offset;
  if (exponent < -3 || exponent > 8) {
    at = writeDigits(target, at, digits, count, 1);
    target[at++] = SMALL_E;
    if (exponent < 0) target[at++] = MINUS;
    const size = Math.abs(exponent);
    return writeDigits(target, at, size, size < 10 ? 1 : 2, 2);
  }
  if (exponent < 0) {
    target[at++] = ZERO;
    target[at++] = POINT;
    for (let i = -1; i > exponent; i--) target[at++] = ZERO;
    return writeDigits(target, at, digits, count, count);
  }
  const whole = exponent + 1;
  if (count > whole) return writeDigits(target, at, digits, count, whole);
  return writeDigits(target, at, digits * powerOfTen(whole - count), whole, whole);
}

/** Writes `count` digits, with a point after the first `whole` unless they are all. */
function writeDigits(target: Uint8Array, offset: number, digits: number, count: number, whole: number): number {
  const pointed = whole < count;
  const end = pointed ? offset + count + 1 : offset + count;
  let rest = digits | 0; // At most nine digits: an int32.
  let at = end;
  for (let i = count; i > 0; i--) {
    if (pointed && i === whole) target[--at] = POINT;
    const next = (rest / 10) | 0;
    target[--at] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}
