import type { ResultFormat } from '../../core/float-format.ts';
import { toFloat32 } from '../../core/float16/float16.ts';
import { coordinates, product } from '../../loss/tensor.ts';
import { emptyArrayText } from './empty-array.ts';
import {
  BLOCK_NUMBERS,
  DEPTH,
  float32s,
  ITEMS,
  progress,
  RANK,
  SIZES,
  text as window,
  wordOffset,
  writeArray,
} from './number-module.ts';

/** The longest number: sign, 9 digits, point, and `e-38` or up to 3 zeros. */
const MAX_FLOAT32_TEXT = 16;

/** A run of a tensor's numbers, by their positions in row-major order; `to` is exclusive. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The most bytes that `writeTensor` needs: numbers and commas, and the brackets and commas of all rows that start or end in
 * the range. Those of ranges add up to those of the tensor.
 */
export function maxTensorTextBytes(
  shape: readonly number[],
  { from, to }: NumberRange = { from: 0, to: product(shape) },
): number {
  if (shape.includes(0)) return emptyArrayText(shape).length;
  let bytes = (to - from) * (MAX_FLOAT32_TEXT + 1);
  let rowLength = Math.max(1, product(shape));
  for (const size of shape) {
    const starts = Math.ceil(to / rowLength) - Math.ceil(from / rowLength);
    const ends = Math.floor(to / rowLength) - Math.floor(from / rowLength);
    bytes += starts + 2 * ends;
    rowLength /= size;
  }
  return bytes;
}

/**
 * Writes a tensor, whose numbers must be finite, as nested arrays in JSON: `[[…],…]` in ASCII. Each number is the shortest
 * decimal that reads back to the same float32; −0 is written as 0.
 *
 * `String(x)` would write the digits that identify a float64: 0.10000000149011612 where 0.1 is enough.
 *
 * @param shape of 1 to 5 axes
 * @param range only these numbers, with the brackets and commas around them that come before the next number
 * @returns the offset behind it
 */
export function writeTensor(
  target: Uint8Array,
  offset: number,
  values: Float32Array | Uint16Array,
  format: ResultFormat,
  shape: readonly number[],
  { from, to }: NumberRange = { from: 0, to: values.length },
): number {
  if (shape.includes(0)) return writeAscii(target, offset, emptyArrayText(shape));
  const items = coordinates(from, shape);
  progress.fill(0);
  progress[RANK] = shape.length;
  progress[DEPTH] = shape.length - 1 - items.findLastIndex((item) => item > 0); // Rows that open before the first number.
  progress.set(shape, SIZES);
  progress.set(items, ITEMS);
  let at = offset;
  for (let next = from; next < to; next += BLOCK_NUMBERS) {
    const block = values.subarray(next, Math.min(to, next + BLOCK_NUMBERS));
    float32s.set(toFloat32(block, format));
    const misalignment = wordOffset(target, at);
    const length = writeArray(misalignment, block.length);
    target.set(window.subarray(misalignment, misalignment + length), at);
    at += length;
  }
  return at;
}

function writeAscii(target: Uint8Array, offset: number, text: string): number {
  target.set(Buffer.from(text, 'latin1'), offset);
  return offset + text.length;
}
