import { copyBytes } from '../../core/copy-bytes.ts';
import type { ResultFormat } from '../../core/float-format.ts';
import type { ArrayOutput, StoredArrays } from '../../loss/evaluation.ts';
import type { PlannedText, ResponsePlan, WrittenTexts } from '../codec.ts';
import { maxTensorTextBytes, type NumberRange, writeTensor } from './write-tensor.ts';

/** What a thread writes: a run of an array's numbers, which have a place of their own in the response's buffer. */
export interface TextPart extends NumberRange {
  readonly output: ArrayOutput;
  readonly format: ResultFormat;
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint16Array;
  readonly target: Uint8Array;
}

/** A part that takes longer than that would keep its thread from others: 2^19 numbers take 5 ms. */
const MAX_PART_NUMBERS = 2 ** 19;

/** Divides the text of an array among threads, of which each gets as many parts of equal length. */
export function divideText(
  { output, format, shape, offset }: PlannedText,
  { arrays, buffer }: ResponsePlan,
  threads: number,
): TextPart[] {
  const values = arrays[output]!;
  const count = threads * Math.ceil(values.length / (threads * MAX_PART_NUMBERS));
  let at = offset;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.floor(((i + 1) * values.length) / count);
    const start = at;
    at += maxTensorTextBytes(shape, { from, to });
    return { output, format, shape, values, from, to, target: buffer.subarray(start, at) };
  });
}

/** @returns the text */
export function writePart({ target, values, format, shape, from, to }: TextPart): Uint8Array {
  return target.subarray(0, writeTensor(target, 0, values, format, shape, { from, to }));
}

/**
 * Puts the text of an array in its place: that which threads have written, or else it is written now.
 *
 * @returns the offset behind it
 */
export function placeText(
  target: Uint8Array,
  offset: number,
  { output, format, shape }: Omit<PlannedText, 'offset'>,
  arrays: StoredArrays,
  written?: WrittenTexts,
): number {
  const parts = written?.[output];
  if (parts === undefined) return writeTensor(target, offset, arrays[output]!, format, shape);
  let at = offset;
  for (const part of parts) {
    const end = at + part.length;
    // Often the first part was written where it belongs.
    if (part.byteOffset !== target.byteOffset + at) copyBytes(part, target.subarray(at, end));
    at = end;
  }
  return at;
}
