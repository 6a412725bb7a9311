import type { Allocator } from '../../core/allocator.ts';
import {
  BLOCK_BYTES,
  CONSUMED,
  DONE,
  FOUND,
  float32s,
  float64s,
  progress,
  RANK,
  REJECTED,
  readArray,
  SIZES,
  text as window,
  wordOffset,
} from './number-module.ts';

/** A tensor that was read from text, and the offset behind it. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
  readonly end: number;
}

/** The estimated bytes of a number with its comma, by which the array for the rest of the text is allocated. */
const ESTIMATED_NUMBER_BYTES = 8;

/**
 * Reads nested arrays of numbers from JSON text, with no JavaScript value in between: block by block through the memory
 * of a WebAssembly module. A float64 is the number that `JSON.parse` returns, a float32 is that rounded.
 *
 * @param start where the first bracket is
 * @param allocator where the values go
 * @returns undefined if the text is anything else: ragged, empty, deeper than `maxRank`, not all finite float32s
 */
export function readNumberArray(
  text: Uint8Array,
  start: number,
  precision: 'float32' | 'float64',
  maxRank: number,
  allocator: Allocator,
): NumberArray | undefined {
  const found = precision === 'float32' ? float32s : float64s;
  let values: Float32Array | Float64Array = found.subarray(0, 0);
  let length = 0;
  let at = start;
  progress.fill(0);
  for (;;) {
    const block = text.subarray(at, at + BLOCK_BYTES);
    const misalignment = wordOffset(text, at);
    window.set(block, misalignment);
    const skip = length % 2; // A pair of float32s is a word, as for text.
    const state = readArray(misalignment, block.length, skip, maxRank, precision === 'float64');
    if (state === REJECTED) return undefined;
    const count = progress[FOUND]!;
    const needed = length + count;
    if (needed > values.length) {
      const estimate = Math.ceil((text.length - start) / ESTIMATED_NUMBER_BYTES);
      const larger = allocate(
        precision,
        state === DONE ? needed : Math.max(estimate, 2 * values.length, needed),
        allocator,
      );
      larger.set(values);
      values = larger;
    }
    values.set(found.subarray(skip, skip + count), length);
    length = needed;
    at += progress[CONSUMED]!;
    if (state === DONE) {
      const shape = [...progress.subarray(SIZES, SIZES + progress[RANK]!)];
      return { shape, values: values.subarray(0, length), end: at };
    }
    // The unread end of a block is read again together with the next bytes, if there are any that could complete it.
    if (progress[CONSUMED] === 0 || block.length < BLOCK_BYTES) return undefined;
  }
}

function allocate(precision: 'float32' | 'float64', length: number, allocator: Allocator): Float32Array | Float64Array {
  if (precision === 'float32') return allocator.float32(length);
  return allocator.float64(length);
}
