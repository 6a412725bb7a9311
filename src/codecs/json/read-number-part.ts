import {
  AFTER_NUMBER,
  BLOCK_BYTES,
  CONSUMED,
  DEPTH,
  DONE,
  FOUND,
  float32s,
  float64s,
  HEAD_DEPTH,
  HEADS,
  ITEMS,
  progress,
  RANK,
  REJECTED,
  readArray,
  SIZES,
  text as window,
  wordOffset,
} from './number-module.ts';

/** Part of the text of nested arrays of numbers, from the opening bracket of the outermost or from a comma on. */
export interface NumberPart {
  /** From behind that bracket or comma to behind a comma; of the last part, to behind the closing bracket, and what follows it. */
  readonly text: Uint8Array;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** How many arrays are open before a number. */
  readonly rank: number;
  /** How many are open where the text starts. */
  readonly depth: number;
  /** How many are open where it ends. */
  readonly endDepth: number;
  /** Where the values go, as many as there is memory for. */
  readonly values: Float32Array | Float64Array;
}

/** What a part has of each axis. */
export interface ReadPart {
  /** From this axis up to its start depth, rows have closed that began before the part. */
  readonly headDepth: number;
  /** The items that these rows have here. */
  readonly heads: readonly number[];
  /** The sizes of rows that began here, 0 without any that has closed. */
  readonly sizes: readonly number[];
  /** The items so far of rows that are still open. */
  readonly items: readonly number[];
  readonly count: number;
  /** How many bytes of the text belong to the array. */
  readonly bytes: number;
}

/**
 * Reads part of an array as `readNumberArray` does.
 *
 * @returns undefined if the text is anything but such a part
 */
export function readNumberPart(part: NumberPart): ReadPart | undefined {
  const { text, isFirst, isLast, rank, depth, endDepth, values } = part;
  const isFloat64 = values instanceof Float64Array;
  const found = isFloat64 ? float64s : float32s;
  progress.fill(0);
  progress[RANK] = rank;
  progress[DEPTH] = depth;
  progress[HEAD_DEPTH] = isFirst ? 0 : depth;
  let count = 0;
  let at = 0;
  for (;;) {
    const block = text.subarray(at, at + BLOCK_BYTES);
    const misalignment = wordOffset(text, at);
    window.set(block, misalignment);
    const skip = count % 2;
    const state = readArray(misalignment, block.length, skip, rank, isFloat64);
    const added = progress[FOUND]!;
    if (state === REJECTED || count + added > values.length) return undefined;
    values.set(found.subarray(skip, skip + added), count);
    count += added;
    at += progress[CONSUMED]!;
    if (state === DONE) return isLast ? result(rank, count, at) : undefined;
    if (at === text.length) {
      const isBetweenItems = progress[DEPTH] === endDepth && progress[AFTER_NUMBER] === 0;
      return !isLast && isBetweenItems ? result(rank, count, at) : undefined;
    }
    if (progress[CONSUMED] === 0 || block.length < BLOCK_BYTES) return undefined;
  }
}

function result(rank: number, count: number, bytes: number): ReadPart {
  const perAxis = (first: number) => [...progress.subarray(first, first + rank)];
  return {
    headDepth: progress[HEAD_DEPTH]!,
    heads: perAxis(HEADS),
    sizes: perAxis(SIZES),
    items: perAxis(ITEMS),
    count,
    bytes,
  };
}
