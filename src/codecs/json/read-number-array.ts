import type { Allocator } from '../../core/allocator.ts';
import {
  BLOCK_BYTES,
  CONSUMED,
  countCommas,
  DEPTH,
  DONE,
  FOUND,
  float32s,
  float64s,
  progress,
  RANK,
  REJECTED,
  readArray,
  SIZES,
  UNCLOSED,
  text as window,
  wordOffset,
} from './number-module.ts';

/** A tensor that was read from text, and the offset behind it. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
  readonly end: number;
}

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
  const allocate = (count: number) => (precision === 'float32' ? allocator.float32(count) : allocator.float64(count));
  const { buffer, byteOffset, byteLength } = allocator.spare();
  // Most tensors fit into spare memory, and need not be counted before they are read.
  let values: Float32Array | Float64Array =
    precision === 'float32'
      ? new Float32Array(buffer, byteOffset, byteLength >> 2)
      : new Float64Array(buffer, byteOffset, byteLength >> 3);
  let isAllocated = false;
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
    if (length + count > values.length) {
      const rest = state === DONE ? 0 : maxNumbers(text, at + progress[CONSUMED]!, progress[DEPTH]!);
      const larger = allocate(length + count + rest);
      larger.set(values.subarray(0, length));
      values = larger;
      isAllocated = true;
    }
    values.set(found.subarray(skip, skip + count), length);
    length += count;
    at += progress[CONSUMED]!;
    if (state === DONE) {
      const shape = [...progress.subarray(SIZES, SIZES + progress[RANK]!)];
      return { shape, values: isAllocated ? values.subarray(0, length) : allocate(length), end: at };
    }
    // The unread end of a block is read again together with the next bytes, if there are any that could complete it.
    if (progress[CONSUMED] === 0 || block.length < BLOCK_BYTES) return undefined;
  }
}

/**
 * The most numbers that nested arrays can have from `start` to their last bracket: one more than commas.
 *
 * @param depth how many arrays are open at `start`
 */
function maxNumbers(text: Uint8Array, start: number, depth: number): number {
  let numbers = 1;
  progress[UNCLOSED] = depth;
  for (let at = start; at < text.length && progress[UNCLOSED] > 0; at += BLOCK_BYTES) {
    const block = text.subarray(at, at + BLOCK_BYTES);
    const misalignment = wordOffset(text, at);
    window.set(block, misalignment);
    numbers += countCommas(misalignment, block.length);
  }
  return numbers;
}
