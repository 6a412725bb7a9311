import type { Float16Format, ResultFormat } from './float-format.ts';

const BLOCK = 4096;

/** The exponent bits, which are all ones for infinity and NaN. */
const FLOAT16_EXPONENT = { F16: 0x7c00, BF16: 0x7f80 } as const;

/**
 * The position of the first number that is infinite or NaN; −1 if all are finite.
 *
 * x − x is 0 for a finite number, and NaN for infinity and NaN. Adding up these differences in four independent sums needs
 * no branch and takes half the time of testing each number.
 */
export function firstNotFinite(values: Float32Array | Uint16Array, format: ResultFormat = 'F32'): number {
  if (values instanceof Uint16Array) return firstFloat16NotFinite(values, FLOAT16_EXPONENT[format as Float16Format]);
  for (let start = 0; start < values.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, values.length);
    if (isFiniteBetween(values, start, end)) continue;
    return start + values.subarray(start, end).findIndex((value) => !Number.isFinite(value));
  }
  return -1;
}

function isFiniteBetween(values: Float32Array, start: number, end: number): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += values[i]! - values[i]!;
    b += values[i + 1]! - values[i + 1]!;
    c += values[i + 2]! - values[i + 2]!;
    d += values[i + 3]! - values[i + 3]!;
  }
  for (; i < end; i++) a += values[i]! - values[i]!;
  return a + b + c + d === 0;
}

/**
 * Adding the lowest exponent bit carries out of the exponent only if all of its bits are ones. Two 16-bit numbers are tested
 * at a time, since the carry of one does not reach the other.
 */
function firstFloat16NotFinite(values: Uint16Array, exponent: number): number {
  const exponents = exponent * 0x10001;
  const lowest = (exponent & -exponent) * 0x10001;
  const { buffer, byteOffset } = values;
  const first = (byteOffset % 4) / 2;
  const pairs = new Uint32Array(buffer, byteOffset + 2 * first, (values.length - Math.min(first, values.length)) >> 1);
  let found = 0;
  for (let i = 0; i < pairs.length; i++) found |= (pairs[i]! & exponents) + lowest;
  const isEnd = (at: number) => at < values.length && (values[at]! & exponent) === exponent;
  if ((found & 0x80008000) === 0 && !isEnd(0) && !isEnd(values.length - 1)) return -1;
  return values.findIndex((bits) => (bits & exponent) === exponent);
}
