import {
  AFTER_NUMBER,
  BLOCK_BYTES,
  CONSUMED,
  DEPTH,
  DONE,
  FOUND,
  float32s,
  float64s,
  ITEMS,
  progress,
  RANK,
  REJECTED,
  readArray,
  SIZES,
  text as window,
  wordOffset,
} from './number-module.ts';

/** Items of an outermost array of numbers, from its opening bracket or a comma on. */
export interface NumberPart {
  /** Up to behind a comma; of the last part, up to behind the closing bracket, and what follows that. */
  readonly text: Uint8Array;
  readonly isLast: boolean;
  /** How many arrays are open before a number. */
  readonly rank: number;
  /** Where the values go, as many as there is memory for. */
  readonly values: Float32Array | Float64Array;
}

export interface ReadPart {
  readonly items: number;
  readonly itemShape: readonly number[];
  readonly count: number;
  /** How many bytes of the text belong to the array. */
  readonly bytes: number;
}

/**
 * Reads part of an array as `readNumberArray` does.
 *
 * @returns undefined if the text is anything but such items
 */
export function readNumberPart({ text, isLast, rank, values }: NumberPart): ReadPart | undefined {
  const isFloat64 = values instanceof Float64Array;
  const found = isFloat64 ? float64s : float32s;
  progress.fill(0);
  progress[RANK] = rank;
  progress[DEPTH] = 1;
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
    if (state === DONE)
      return isLast ? { items: progress[SIZES]!, itemShape: itemShape(rank), count, bytes: at } : undefined;
    if (at === text.length) {
      const isBetweenItems = progress[DEPTH] === 1 && progress[AFTER_NUMBER] === 0;
      if (isLast || !isBetweenItems) return undefined;
      return { items: progress[ITEMS]!, itemShape: itemShape(rank), count, bytes: at };
    }
    if (progress[CONSUMED] === 0 || block.length < BLOCK_BYTES) return undefined;
  }
}

function itemShape(rank: number): number[] {
  return [...progress.subarray(SIZES + 1, SIZES + rank)];
}
