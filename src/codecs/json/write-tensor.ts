import type { ResultFormat } from '../../core/float-format.ts';
import { toFloat32 } from '../../core/float16/float16.ts';
import {
  BLOCK_NUMBERS,
  DEPTH,
  float32s,
  progress,
  RANK,
  SIZES,
  text as window,
  wordOffset,
  writeArray,
} from './number-module.ts';

/** The longest number: sign, 9 digits, point, and `e-38` or up to 3 zeros. */
const MAX_FLOAT32_TEXT = 16;

/** The most bytes that `writeTensor` needs: numbers and commas, and the brackets and commas of all rows. */
export function maxTensorTextBytes(shape: readonly number[]): number {
  let rows = 0;
  let count = 1;
  for (const size of shape) {
    rows += count;
    count *= size;
  }
  return count * (MAX_FLOAT32_TEXT + 1) + rows * 3;
}

/**
 * Writes a tensor, whose numbers must be finite, as nested arrays in JSON: `[[…],…]` in ASCII. Each number is the shortest
 * decimal that reads back to the same float32; −0 is written as 0.
 *
 * `String(x)` would write the digits that identify a float64: 0.10000000149011612 where 0.1 is enough.
 *
 * @param shape of 1 to 5 axes
 * @returns the offset behind it
 */
export function writeTensor(
  target: Uint8Array,
  offset: number,
  values: Float32Array | Uint16Array,
  format: ResultFormat,
  shape: readonly number[],
): number {
  progress.fill(0);
  progress[RANK] = shape.length;
  progress[DEPTH] = shape.length; // All open before the first number.
  progress.set(shape, SIZES);
  let at = offset;
  for (let next = 0; next < values.length; next += BLOCK_NUMBERS) {
    const block = values.subarray(next, next + BLOCK_NUMBERS);
    float32s.set(toFloat32(block, format));
    const misalignment = wordOffset(target, at);
    const length = writeArray(misalignment, block.length);
    target.set(window.subarray(misalignment, misalignment + length), at);
    at += length;
  }
  return at;
}
