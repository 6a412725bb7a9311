import { formatShape, product } from '../../loss/tensor.ts';
import { malformedNpz } from './malformed-npz.ts';

/** What the header of a .npy file says (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export interface NpyHeader {
  /** The dtype, as numpy writes it, such as `<f4`. */
  readonly descr: string;
  /** Whether the first axis varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begins, in bytes. */
  readonly dataStart: number;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Behind it are two bytes of the version. */
const LENGTH_AT = MAGIC.length + 2;
/** As in numpy. */
const MAX_HEADER_BYTES = 10_000;
/** No numpy has more. */
const MAX_AXES = 64;

// The header is the text of a Python dict. Its items are in any order.
const KEY = /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*/y;
const TEXT = /(['"])([^'"\\\n]*)\1/y;
const BOOLEAN = /(True|False)/y;
const TUPLE = /\(((?:\s*\d+L?\s*,)*(?:\s*\d+L?)?)\s*\)/y; // Python 2 writes integers as 3L.
const SEPARATOR = /\s*,?\s*/y;

/**
 * Reads the header of a .npy file, of version 1, 2 or 3.
 *
 * @param where what the file is, with which messages start
 * @throws {ServiceError} `malformed_body`
 */
export function readNpyHeader(file: Uint8Array, where: string): NpyHeader {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const reject = (message: string) => malformedNpz(`${where}: expected ${message}`);
  if (bytes.length < LENGTH_AT + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw reject('a .npy file, as numpy.save writes it, got other bytes');
  }
  const version = bytes[MAGIC.length]!;
  if (version < 1 || version > 3) throw reject(`version 1, 2 or 3 of the .npy format, got ${version}`);
  const textAt = LENGTH_AT + (version === 1 ? 2 : 4);
  const length = version === 1 ? bytes.readUInt16LE(LENGTH_AT) : bytes.readUInt32LE(LENGTH_AT);
  if (length > MAX_HEADER_BYTES || textAt + length > bytes.length) {
    const limit = Math.max(0, Math.min(MAX_HEADER_BYTES, bytes.length - textAt));
    throw reject(`a .npy header of at most ${limit} bytes, got one of ${length}`);
  }
  const text = bytes.toString(version === 3 ? 'utf8' : 'latin1', textAt, textAt + length);
  const header = parseHeader(text);
  if (!header) {
    throw reject(
      "the .npy header {'descr': …, 'fortran_order': …, 'shape': …}, of a plain dtype, got another: structured arrays are sent field by field",
    );
  }
  if (header.shape.length > MAX_AXES) throw reject(`at most ${MAX_AXES} axes, got shape ${formatShape(header.shape)}`);
  return { ...header, dataStart: textAt + length };
}

function parseHeader(text: string): Omit<NpyHeader, 'dataStart'> | undefined {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  if (!take(/\s*\{/y)) return undefined;
  let descr: string | undefined;
  let isFortran: boolean | undefined;
  let shape: number[] | undefined;
  for (let key = take(KEY); key; key = take(KEY)) {
    if (key[2] === 'descr') descr = take(TEXT)?.[2];
    else if (key[2] === 'shape')
      shape = take(TUPLE)?.[1]?.match(/\d+/g)?.map(Number) ?? (text[at - 1] === ')' ? [] : undefined);
    else isFortran = booleanOf(take(BOOLEAN)?.[1]);
    take(SEPARATOR);
  }
  if (!take(/\}\s*$/y) || descr === undefined || isFortran === undefined || shape === undefined) return undefined;
  return { descr, isFortran, shape };
}

function booleanOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'True';
}

/**
 * Checks that the data of an array is as long as its shape says. A product beyond 2^53 is rounded, but stays beyond 2^53: no overflow
 * goes unnoticed.
 *
 * @throws {ServiceError} `malformed_body`
 */
export function checkNpySize(header: NpyHeader, itemBytes: number, fileBytes: number, where: string): void {
  const { shape, descr, dataStart } = header;
  const bytes = shape.includes(0) ? 0 : product(shape) * itemBytes;
  const got = fileBytes - dataStart;
  if (bytes === got && shape.every(Number.isSafeInteger)) return;
  const expected = Number.isSafeInteger(bytes) ? `${bytes} bytes` : 'more bytes than any file has';
  throw malformedNpz(`${where}: expected ${expected} for shape ${formatShape(shape)} of ${descr}, got ${got}`);
}
