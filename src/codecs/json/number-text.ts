import { CLOSE_ARRAY, COLON, OPEN_ARRAY, QUOTE, skipSpace } from './json-lexer.ts';

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

/** How long the search for places to divide a text may hold its thread. */
const MAX_SEARCH_MS = 3;
/** What is searched before that is checked: in a third of a millisecond, if all of it are brackets. */
const SEARCHED_BYTES = 2 ** 16;

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
  const deadline = performance.now() + MAX_SEARCH_MS;
  const bounds = [start + 1];
  for (let i = 1; i < count; i++) {
    const found = findBefore(deadline, bytes, between, target(i), target(i + 1));
    // Behind one bracket more, it is the outermost array that ends.
    if (found >= 0 && bytes[found - 1] !== CLOSE_ARRAY) bounds.push(found + between.length);
  }
  return [...bounds, end];
}

/**
 * Finds a pattern in part of a text. Each bracket that is not followed by the rest of it takes as long as 50 other bytes, so
 * that 64 MiB of them would take 0.4 s.
 *
 * @returns −1 if it is not there, or if that is not known when the time is over
 */
function findBefore(deadline: number, text: Buffer, pattern: string, from: number, to: number): number {
  for (let at = from; at < to; at += SEARCHED_BYTES) {
    if (performance.now() > deadline) return -1;
    const searched = text.subarray(at, Math.min(to, at + SEARCHED_BYTES + pattern.length - 1));
    const found = searched.indexOf(pattern, 0, 'latin1');
    if (found >= 0) return at + found;
  }
  return -1;
}
