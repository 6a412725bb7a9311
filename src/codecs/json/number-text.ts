import { COLON, OPEN_ARRAY, QUOTE, skipSpace } from './json-lexer.ts';

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

/**
 * Divides a text between items of the outermost array, which `readNumberPart` can read apart.
 *
 * @param count of parts; there are fewer if items are long, or have spaces between their brackets
 * @returns the offsets where the parts start, and that where the last one ends
 */
export function divideNumberText(text: Uint8Array, { start, end, rank }: NumberText, count: number): number[] {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const between = `${']'.repeat(rank - 1)},`;
  const target = (i: number) => Math.floor(start + (i * (end - start)) / count);
  const bounds = [start + 1];
  for (let i = 1; i < count; i++) {
    const found = bytes.subarray(target(i), target(i + 1)).indexOf(between, 0, 'latin1');
    if (found >= 0) bounds.push(target(i) + found + between.length);
  }
  return [...bounds, end];
}
