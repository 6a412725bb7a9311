import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './ascii.ts';
import { NumberReader } from './number-text.ts';

/** A tensor that was read from text, and where the text went on. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
  readonly end: number;
}

const reader = new NumberReader();

/** That a number takes, with its comma, where room is made for those to come; there may be more. */
const LIKELY_BYTES = 8;

/**
 * Reads nested arrays of numbers from JSON text, with no JavaScript array in between.
 *
 * @param start where the first bracket is
 * @returns undefined where the text is anything else: ragged, empty, deeper than `maxRank`, not all finite float32s
 */
export function readNumberArray(
  text: Uint8Array,
  start: number,
  precision: 'float32' | 'float64',
  maxRank: number,
): NumberArray | undefined {
  const capacity = Math.max(16, Math.ceil((text.length - start) / LIKELY_BYTES));
  let values = precision === 'float32' ? new Float32Array(capacity) : new Float64Array(capacity);
  let length = 0;
  const shape: number[] = []; // Known for an axis once its first row has closed; 0 until then.
  const counts: number[] = []; // Items so far in the rows that are open.
  let at = start;
  do {
    at = skipSpace(text, at);
    if (text[at] === OPEN_ARRAY) {
      if (counts.length === maxRank || (length > 0 && counts.length === shape.length)) return undefined;
      counts.push(0);
      if (shape.length < counts.length) shape.push(0);
      at += 1;
      continue;
    }
    if (counts.length !== shape.length) return undefined;
    at = reader.read(text, at, precision);
    if (at < 0) return undefined;
    if (length === values.length) values = grown(values);
    values[length++] = reader.value;

    // Close as many rows as end here; then a comma must follow, unless the last one was the outermost.
    for (;;) {
      const axis = counts.length - 1;
      counts[axis]! += 1;
      at = skipSpace(text, at);
      if (text[at] !== CLOSE_ARRAY) break;
      if (shape[axis] === 0) shape[axis] = counts[axis]!;
      if (shape[axis] !== counts[axis]) return undefined;
      counts.pop();
      at += 1;
      if (counts.length === 0) return { shape, values: values.subarray(0, length), end: at };
    }
    if (text[at] !== COMMA) return undefined;
    at += 1;
  } while (at < text.length);
  return undefined;
}

/** The first offset from `at` that is no JSON white space. */
export function skipSpace(text: Uint8Array, at: number): number {
  let next = at;
  for (;;) {
    const byte = text[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
    next += 1;
  }
}

function grown<Numbers extends Float32Array | Float64Array>(values: Numbers): Numbers {
  const larger = new (values.constructor as new (length: number) => Numbers)(values.length * 2);
  larger.set(values);
  return larger;
}
