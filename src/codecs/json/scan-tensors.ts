import type { Allocator } from '../../core/allocator.ts';
import { MAX_RANK } from '../../loss/limits.ts';
import type { Tensor } from '../../loss/tensor.ts';
import { joinNumbers, type PartedNumbers } from './divided-numbers.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
  skipString,
} from './json-lexer.ts';
import { readBooleanArray } from './read-boolean-array.ts';
import { readNumberArray } from './read-number-array.ts';

/** The text with each tensor replaced by `null`, and the tensors by name. */
interface ScannedObject {
  readonly envelope: Uint8Array;
  readonly tensors: ReadonlyMap<string, ScannedTensor>;
}

/**
 * Takes the tensors out of a JSON object, so that only the rest of it goes through `JSON.parse`.
 *
 * It gives up on anything out of the ordinary. The caller then parses the whole text, which finds the fault.
 *
 * @param fields the members that are tensors, and the precision of each
 * @param allocator where their values go
 * @param numbers tensors that were read before, in parts
 */
export function scanTensors(
  text: Uint8Array,
  fields: Readonly<Record<string, 'float32' | 'float64'>>,
  allocator: Allocator,
  numbers?: readonly PartedNumbers[],
): ScannedObject | undefined {
  const extractor = new TensorExtractor(text, allocator, numbers);
  const tensors = new Map<string, ScannedTensor>();
  let at = skipSpace(text, 0);
  if (text[at] !== OPEN_OBJECT) return undefined;
  do {
    const keyStart = skipSpace(text, at + 1);
    if (text[keyStart] !== QUOTE) return undefined;
    const keyEnd = skipString(text, keyStart);
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== COLON) return undefined;
    const valueStart = skipSpace(text, colon + 1);

    const field = findField(text, keyStart, keyEnd, fields);
    if (field === undefined || text[valueStart] === NULL[0]) {
      at = skipValue(text, valueStart);
    } else {
      // Each tensor is allocated for all the text behind it: a body of one name again and again would exhaust the memory.
      if (tensors.has(field)) return undefined;
      const tensor = extractor.extract(valueStart, fields[field]!, { booleans: field === 'labels' });
      if (tensor === undefined) return undefined;
      tensors.set(field, tensor);
      at = extractor.end;
    }
    at = skipSpace(text, at);
  } while (text[at] === COMMA);
  return { envelope: extractor.envelope(), tensors };
}

/** The tensor field that a quoted key names. Escaped keys are not recognised; no client escapes these. */
function findField(text: Uint8Array, start: number, end: number, fields: Readonly<Record<string, unknown>>) {
  for (const name of Object.keys(fields)) {
    if (end - start !== name.length + 2) continue;
    let i = 0;
    while (i < name.length && text[start + 1 + i] === name.charCodeAt(i)) i += 1;
    if (i === name.length) return name;
  }
  return undefined;
}

/** The offset of the comma or bracket that ends the value. Whether the value is valid is left to the parser. */
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

/** A tensor that was read straight from text; no JSON value is one of these. */
export class ScannedTensor implements Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;

  constructor(shape: readonly number[], values: Float32Array | Float64Array) {
    this.shape = shape;
    this.values = values;
  }
}

/** Takes tensors out of JSON text from front to back, and puts `null` in their place. */
export class TensorExtractor {
  readonly #text: Uint8Array;
  readonly #allocator: Allocator;
  readonly #kept: Uint8Array[] = [];
  readonly #numbers: readonly PartedNumbers[];
  #end = 0;

  /**
   * @param allocator where the tensors' values go
   * @param numbers tensors that were read before, in parts
   */
  constructor(text: Uint8Array, allocator: Allocator, numbers: readonly PartedNumbers[] = []) {
    this.#text = text;
    this.#allocator = allocator;
    this.#numbers = numbers;
  }

  /** The offset behind the last tensor. */
  get end(): number {
    return this.#end;
  }

  /**
   * @param booleans whether true and false are read, too, as 1 and 0
   * @returns undefined where anything but nested arrays of numbers starts at `start`
   */
  extract(start: number, precision: 'float32' | 'float64', { booleans = false } = {}): ScannedTensor | undefined {
    const parted = this.#numbers.find((numbers) => numbers.start === start && numbers.precision === precision);
    const array =
      (parted && joinNumbers(parted)) ??
      readNumberArray(this.#text, start, precision, MAX_RANK, this.#allocator) ??
      (booleans ? readBooleanArray(this.#text, start, MAX_RANK, this.#allocator) : undefined);
    if (array === undefined) return undefined;
    this.#kept.push(this.#text.subarray(this.#end, start), NULL);
    this.#end = array.end;
    return new ScannedTensor(array.shape, array.values);
  }

  /** The text without the tensors. */
  envelope(): Uint8Array {
    if (this.#kept.length === 0) return this.#text;
    const kept = [...this.#kept, this.#text.subarray(this.#end)];
    const envelope = this.#allocator.bytes(kept.reduce((total, { length }) => total + length, 0));
    let at = 0;
    for (const piece of kept) {
      envelope.set(piece, at);
      at += piece.length;
    }
    return envelope;
  }
}

const NULL = Buffer.from('null');
