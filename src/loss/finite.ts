import type { Float16Format, ResultFormat } from '../core/float-format.ts';

const BLOCK = 4096;

/** Exponents of all ones stand for infinity and NaN. */
const HALF_EXPONENT = { F16: 0x7c00, BF16: 0x7f80 } as const;

/**
 * The position of the first number that is infinite or NaN; −1 if all are finite.
 *
 * A number less itself is 0, and NaN for those two. Adding such differences up, four sums at a time, has no branch to
 * take and no sum to wait for: half the time of asking for each number.
 */
export function firstNotFinite(values: Float32Array | Uint16Array, format: ResultFormat = 'F32'): number {
  if (values instanceof Uint16Array) return firstHalfNotFinite(values, HALF_EXPONENT[format as Float16Format]);
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
 * An exponent of all ones, and no other, becomes the bit above it when its lowest bit is added: two numbers of 16 bits at a
 * time, as neither reaches the other's.
 */
function firstHalfNotFinite(values: Uint16Array, exponent: number): number {
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
