import type { Allocator } from '../../core/allocator.ts';
import { copyNumbers } from '../../core/copy-bytes.ts';
import { MAX_RANK } from '../../loss/limits.ts';
import { sameShape } from '../../loss/tensor.ts';
import { divideNumberText, type NumberText, type Precision } from './number-text.ts';
import type { NumberArray } from './read-number-array.ts';
import type { NumberPart, ReadPart } from './read-number-part.ts';

/** A text of numbers in parts that threads read at the same time. */
export interface DividedNumbers extends NumberText {
  /** For the values of all parts. */
  readonly memory: Uint8Array;
  readonly parts: readonly NumberPart[];
}

/** The same afterwards; undefined for parts that are not what the text seemed to be. */
export interface PartedNumbers extends DividedNumbers {
  readonly results: readonly (ReadPart | undefined)[];
}

/** A part that takes longer than that would keep its thread from others: 4 MiB take 6 ms. */
const MAX_PART_BYTES = 2 ** 22;
const VALUE_BYTES = { float32: 4, float64: 8 } as const;
/**
 * The memory for each byte of text, to begin with. A number has two bytes or more with its comma: labels mostly have two or
 * three, and predictions more than four. Parts that have too little memory are not read.
 */
const MEMORY_PER_BYTE = { float32: 1, float64: 4 } as const;
const ALIGNMENT = 8;

/**
 * Divides a text among threads, of which each gets as many parts of about equal length.
 *
 * @returns undefined if it has to be read as a whole
 */
export function divideNumbers(
  text: Uint8Array,
  found: NumberText,
  threads: number,
  allocator: Allocator,
): DividedNumbers | undefined {
  const { start, end, rank, precision } = found;
  if (rank > MAX_RANK) return undefined;
  const count = threads * Math.ceil((end - start) / (threads * MAX_PART_BYTES));
  const bounds = divideNumberText(text, found, count);
  if (bounds.length === 2) return undefined;
  const factor = MEMORY_PER_BYTE[precision];
  const memoryAt = (bound: number) => Math.ceil(((bound - bounds[0]!) * factor) / ALIGNMENT) * ALIGNMENT;
  const memory = allocator.bytes(memoryAt(end));
  const parts = bounds.slice(0, -1).map((from, i) => {
    const to = bounds[i + 1]!;
    const values = viewValues(memory.subarray(memoryAt(from), memoryAt(to)), precision);
    return { text: text.subarray(from, to), rank, values, isLast: to === end };
  });
  return { ...found, memory, parts };
}

/**
 * Joins what threads have read of a text.
 *
 * @returns undefined if it is anything but nested arrays of equal lengths; then it has to be read as a whole, which may find
 *   that it is not
 */
export function joinNumbers({ start, precision, memory, parts, results }: PartedNumbers): NumberArray | undefined {
  const first = results[0];
  if (first === undefined) return undefined;
  let items = 0;
  let count = 0;
  let end = start + 1;
  for (const result of results) {
    if (result === undefined || !sameShape(result.itemShape, first.itemShape)) return undefined;
    items += result.items;
    count += result.count;
    end += result.bytes;
  }
  const values = viewValues(memory.subarray(0, count * VALUE_BYTES[precision]), precision);
  let length = 0;
  parts.forEach((part, i) => {
    const { count } = results[i]!;
    if (i > 0) copyNumbers(part.values.subarray(0, count), values.subarray(length, length + count));
    length += count;
  });
  return { shape: [items, ...first.itemShape], values, end };
}

/** Returns the memory that the joined numbers leave. */
export function freeRest({ memory, precision, results }: PartedNumbers, allocator: Allocator): void {
  const count = results.reduce((total, result) => total + (result?.count ?? 0), 0);
  allocator.resize(memory, count * VALUE_BYTES[precision]);
}

function viewValues({ buffer, byteOffset, byteLength }: Uint8Array, precision: Precision): Float32Array | Float64Array {
  return precision === 'float32'
    ? new Float32Array(buffer, byteOffset, byteLength / 4)
    : new Float64Array(buffer, byteOffset, byteLength / 8);
}
