import { CLOSE_ARRAY, COLON, COMMA, OPEN_ARRAY, QUOTE, skipSpace } from './json-lexer.ts';

export type Precision = 'float32' | 'float64';

/** The text of nested arrays of numbers, as it seems before it is read: from the first bracket to the next quote. */
export interface NumberText {
  readonly start: number;
  readonly end: number;
  readonly precision: Precision;
  /** How many brackets open at its start. */
  readonly rank: number;
}

/** More quotes than a request has before its tensors, which mostly come first. */
const MAX_QUOTES = 1024;
/** Between a name and the first number there are a colon and some brackets. */
const MAX_HEAD_BYTES = 64;

/**
 * Finds the long arrays of numbers in JSON without reading them, at the speed at which memory is searched for a quote.
 *
 * What it finds is a guess: a name may be part of a string, and an array may hold anything.
 *
 * @param fields the names of the members to look for, and the precision of each
 */
export function findNumberTexts(
  text: Uint8Array,
  fields: Readonly<Record<string, Precision>>,
  minBytes: number,
): NumberText[] {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const found: NumberText[] = [];
  let quote = bytes.indexOf(QUOTE);
  for (let quotes = 0; quote >= 0 && quotes < MAX_QUOTES; quotes++) {
    const name = bytes.toString('latin1', quote + 1, quote + 1 + MAX_HEAD_BYTES).split('"', 1)[0]!;
    const precision = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const array = precision && findArray(bytes, quote + name.length + 2);
    const next = bytes.indexOf(QUOTE, array ? array.start : quote + 1);
    if (array) {
      const end = next < 0 ? bytes.length : next;
      if (end - array.start >= minBytes) found.push({ ...array, end, precision });
    }
    quote = next;
  }
  return found;
}

/** Where an array opens behind a name and a colon, and how many open at once. */
function findArray(text: Uint8Array, nameEnd: number): { start: number; rank: number } | undefined {
  const head = text.subarray(nameEnd, nameEnd + MAX_HEAD_BYTES);
  const colon = skipSpace(head, 0);
  if (head[colon] !== COLON) return undefined;
  const start = skipSpace(head, colon + 1);
  let rank = 0;
  for (let at = start; head[at] === OPEN_ARRAY; at = skipSpace(head, at + 1)) rank += 1;
  return rank === 0 ? undefined : { start: nameEnd + start, rank };
}

/** A place between two items of nested arrays. */
export interface Division {
  /** The offset behind the comma. */
  readonly at: number;
  /** How many arrays are open there. */
  readonly depth: number;
}

/** How far a comma is searched for. A number is shorter, and most spaces are. */
const SEARCHED_BYTES = 2 ** 12;

/**
 * Divides a text behind commas, into parts that `readNumberPart` can read apart.
 *
 * @param count of parts; there are fewer if they would be shorter than what is searched for a comma
 * @returns where the second part starts, and those behind it
 */
export function divideNumberText(text: Uint8Array, { start, end, rank }: NumberText, count: number): Division[] {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const divisions: Division[] = [];
  let last = start;
  for (let i = 1; i < count; i++) {
    const from = Math.max(last, Math.floor(start + (i * (end - start)) / count));
    const comma = bytes.subarray(from, Math.min(end, from + SEARCHED_BYTES)).indexOf(COMMA);
    if (comma < 0) continue;
    let closed = 0;
    while (closed < rank && bytes[from + comma - 1 - closed] === CLOSE_ARRAY) closed += 1;
    if (closed === rank) break; // The outermost array ends here.
    last = from + comma + 1;
    divisions.push({ at: last, depth: rank - closed });
  }
  return divisions;
}
