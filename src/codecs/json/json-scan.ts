import type { Allocator } from '../../core/allocator.ts';
import type { Tensor } from '../../loss/tensor.ts';
import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './ascii.ts';
import { readNumberArray } from './number-array-text.ts';

/** A tensor that was read straight from text; no JSON value is one of these. */
export class ScannedTensor implements Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;

  constructor(shape: readonly number[], values: Float32Array | Float64Array) {
    this.shape = shape;
    this.values = values;
  }
}

/** The text with each tensor replaced by `null`, and the tensors. */
export interface ScannedObject {
  readonly envelope: Uint8Array;
  readonly tensors: ReadonlyMap<string, ScannedTensor>;
}

/**
 * Takes the tensors out of a JSON object, so that only what is left of it goes through the language's parser.
 *
 * It gives up on anything out of the ordinary: whoever calls it then parses the whole text, and words the error.
 *
 * @param fields the members that are tensors, and how precisely each is wanted
 * @param allocator where their values go
 */
export function scanTensors(
  text: Uint8Array,
  fields: Readonly<Record<string, 'float32' | 'float64'>>,
  maxRank: number,
  allocator: Allocator,
): ScannedObject | undefined {
  const kept: Uint8Array[] = [];
  const tensors = new Map<string, ScannedTensor>();
  let at = skipSpace(text, 0);
  if (text[at] !== OPEN_OBJECT) return undefined;
  let keptUntil = 0;
  do {
    const keyStart = skipSpace(text, at + 1);
    if (text[keyStart] !== QUOTE) return undefined;
    const keyEnd = skipString(text, keyStart);
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== COLON) return undefined;
    const valueStart = skipSpace(text, colon + 1);

    const field = fieldAt(text, keyStart, keyEnd, fields);
    if (field === undefined) {
      at = skipValue(text, valueStart);
    } else {
      // Room is made for all that follows: a body of one name again and again would have it made for each.
      if (tensors.has(field)) return undefined;
      const array = readNumberArray(text, valueStart, fields[field]!, maxRank, allocator);
      if (array === undefined) return undefined;
      tensors.set(field, new ScannedTensor(array.shape, array.values));
      kept.push(text.subarray(keptUntil, valueStart), NULL);
      keptUntil = array.end;
      at = array.end;
    }
    at = skipSpace(text, at);
  } while (text[at] === COMMA);
  kept.push(text.subarray(keptUntil));
  return { envelope: Buffer.concat(kept), tensors };
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

/** The tensor field that a quoted key names. A key that is escaped names none here, and none in practice. */
function fieldAt(text: Uint8Array, start: number, end: number, fields: Readonly<Record<string, unknown>>) {
  for (const name of Object.keys(fields)) {
    if (end - start !== name.length + 2) continue;
    let i = 0;
    while (i < name.length && text[start + 1 + i] === name.charCodeAt(i)) i += 1;
    if (i === name.length) return name;
  }
  return undefined;
}

/** The offset behind the string that starts at `start`. */
export function skipString(text: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** The offset of the comma or bracket that ends the value; whether it is a valid one is for the parser to say. */
function skipValue(text: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const byte = text[at];
    if (byte === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT)) return at;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at += 1;
  }
  return at;
}

const NULL = Buffer.from('null');
