import type { Allocator } from '../../core/allocator.ts';
import { copyNumbers } from '../../core/copy-bytes.ts';
import { MAX_RANK } from '../../loss/limits.ts';
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
  const divisions = divideNumberText(text, found, count);
  if (divisions.length === 0) return undefined;
  const bounds = [{ at: start + 1, depth: 1 }, ...divisions, { at: end, depth: 0 }];
  const factor = MEMORY_PER_BYTE[precision];
  const memoryAt = (at: number) => Math.ceil(((at - bounds[0]!.at) * factor) / ALIGNMENT) * ALIGNMENT;
  const memory = allocator.bytes(memoryAt(end));
  const parts = bounds.slice(0, -1).map(({ at, depth }, i) => {
    const { at: to, depth: endDepth } = bounds[i + 1]!;
    const values = viewValues(memory.subarray(memoryAt(at), memoryAt(to)), precision);
    return { text: text.subarray(at, to), isFirst: i === 0, isLast: to === end, rank, depth, endDepth, values };
  });
  return { ...found, memory, parts };
}

/**
 * Joins what threads have read of a text.
 *
 * @returns undefined if it is anything but nested arrays of equal lengths; then it has to be read as a whole, which may find
 *   that it is not
 */
export function joinNumbers(numbers: PartedNumbers): NumberArray | undefined {
  const { start, precision, memory, parts, results } = numbers;
  const shape = shapeOf(numbers);
  if (shape === undefined) return undefined;
  const count = results.reduce((total, result) => total + result!.count, 0);
  const end = results.reduce((total, result) => total + result!.bytes, start + 1);
  const values = viewValues(memory.subarray(0, count * VALUE_BYTES[precision]), precision);
  let length = 0;
  parts.forEach(({ values: part }, i) => {
    const { count } = results[i]!;
    const joined = values.subarray(length, length + count);
    if (part.byteOffset !== joined.byteOffset) copyNumbers(part.subarray(0, count), joined);
    length += count;
  });
  return { shape, values, end };
}

/** The sizes of all axes: of each, all rows must have the same, in one part or over several. */
function shapeOf({ rank, parts, results }: PartedNumbers): number[] | undefined {
  const shape = new Array<number>(rank).fill(0);
  const areEqual = (axis: number, size: number) => {
    shape[axis] ||= size;
    return shape[axis] === size;
  };
  /** The items so far of the rows that are open. */
  let open = new Array<number>(rank).fill(0);
  for (const [i, result] of results.entries()) {
    if (result === undefined) return undefined;
    const { headDepth, heads, sizes, items } = result;
    const { depth, isFirst } = parts[i]!;
    for (let axis = headDepth; !isFirst && axis < depth; axis++) {
      if (!areEqual(axis, open[axis]! + heads[axis]!)) return undefined;
    }
    if (!sizes.every((size, axis) => size === 0 || areEqual(axis, size))) return undefined;
    open = items.map((count, axis) => (axis < headDepth ? open[axis]! + count : count));
  }
  return shape;
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
