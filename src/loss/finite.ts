import type { ResultFormat } from './float-format.ts';

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
  if (values instanceof Uint16Array) {
    const exponent = HALF_EXPONENT[format as keyof typeof HALF_EXPONENT];
    for (let i = 0; i < values.length; i++) if ((values[i]! & exponent) === exponent) return i;
    return -1;
  }
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
