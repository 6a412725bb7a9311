import type { Allocator } from '../../core/allocator.ts';
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY, skipSpace } from './json-lexer.ts';
import type { NumberArray } from './read-number-array.ts';

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/**
 * Reads nested arrays of true and false, as 1 and 0, from JSON text. They are first checked and counted, and then read.
 *
 * @param start where the first bracket is
 * @param allocator where the values go
 * @returns undefined if the text is anything else: ragged, empty, deeper than `maxRank`, not all booleans
 */
export function readBooleanArray(
  text: Uint8Array,
  start: number,
  maxRank: number,
  allocator: Allocator,
): NumberArray | undefined {
  const measured = measure(text, start, maxRank);
  if (measured === undefined) return undefined;
  const { shape, count, end } = measured;
  const values = allocator.float64(count);
  let length = 0;
  for (let at = start; at < end; ) {
    const literal = literalAt(text, at);
    if (literal) values[length++] = Number(literal === TRUE);
    at += literal?.length ?? 1;
  }
  return { shape, values, end };
}

function measure(
  text: Uint8Array,
  start: number,
  maxRank: number,
): { shape: number[]; count: number; end: number } | undefined {
  if (text[start] !== OPEN_ARRAY) return undefined;
  const shape: number[] = [];
  /** How many items each open array has so far. */
  const items: number[] = [];
  let rank = maxRank;
  let count = 0;
  let at = start;
  let isItemNext = true;
  do {
    at = skipSpace(text, at);
    const byte = text[at];
    if (isItemNext && byte === OPEN_ARRAY) {
      if (items.length === rank) return undefined;
      items.push(0);
      at += 1;
    } else if (isItemNext) {
      const literal = literalAt(text, at);
      if (count === 0) rank = items.length;
      if (literal === undefined || items.length !== rank) return undefined;
      items[rank - 1]! += 1;
      count += 1;
      at += literal.length;
      isItemNext = false;
    } else {
      if (byte === CLOSE_ARRAY) {
        const size = items.pop()!;
        const axis = items.length;
        shape[axis] ??= size;
        if (shape[axis] !== size) return undefined;
        if (axis > 0) items[axis - 1]! += 1;
      } else if (byte !== COMMA) {
        return undefined;
      }
      isItemNext = byte === COMMA;
      at += 1;
    }
  } while (items.length > 0);
  return { shape, count, end: at };
}

function literalAt(text: Uint8Array, at: number): Uint8Array | undefined {
  const literal = text[at] === TRUE[0] ? TRUE : text[at] === FALSE[0] ? FALSE : undefined;
  for (let i = 1; literal && i < literal.length; i++) {
    if (text[at + i] !== literal[i]) return undefined;
  }
  return literal;
}
