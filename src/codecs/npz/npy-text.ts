import { isUtf8 } from 'node:buffer';
import { MAX_CLASSES } from '../../loss/limits.ts';
import { product } from '../../loss/tensor.ts';
import { MAX_STRING_BYTES } from '../json/check-structure.ts';
import { malformedNpz } from './malformed-npz.ts';
import type { NpyDtype } from './npy-dtype.ts';

/** Strings of a .npy file as they are there. */
export interface StoredText {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly dtype: NpyDtype & { readonly kind: 'text' };
  /** What the array is, for messages. */
  readonly where: string;
}

/** What a string takes apart from its characters. */
const STRING_BYTES = 64;
/** A byte of UTF-8 or a character of UTF-32 may be two bytes, in the string and in its copy on the way to another thread. */
const CHARACTER_BYTES = 4;

export function textBytes({ encoding, width }: StoredText['dtype']): number {
  return encoding === 'utf-32' ? 4 * width : width;
}

/**
 * How many bytes of memory the strings take. It is called before they are made: a width of 0 makes any number of them from no bytes.
 *
 * @throws {ServiceError} `malformed_body` if they are too many or too long
 */
export function textMemoryBytes({ shape, dtype, where }: StoredText): number {
  const count = product(shape);
  if (count > MAX_CLASSES || count * dtype.width > MAX_STRING_BYTES) {
    throw malformedNpz(
      `${where} is not read: expected at most ${MAX_CLASSES} strings of ${MAX_STRING_BYTES} characters together, each as wide as the longest; got ${count} of ${dtype.width}`,
    );
  }
  return count * (STRING_BYTES + CHARACTER_BYTES * dtype.width);
}

/**
 * The strings in the order of the data, without the zeros that fill them up.
 *
 * @throws {ServiceError} `malformed_body` if they are no text
 */
export function readText(text: StoredText): string[] {
  const { shape, bytes, dtype } = text;
  const step = textBytes(dtype);
  return Array.from({ length: product(shape) }, (_, i) => {
    const item = bytes.subarray(i * step, (i + 1) * step);
    return dtype.encoding === 'utf-32' ? readUtf32(item, dtype.isBigEndian, text) : readUtf8(item, text);
  });
}

const MAX_CODE_POINT = 0x10ffff;
const CHUNK = 1024;

function readUtf32(
  { buffer, byteOffset, byteLength }: Uint8Array,
  isBigEndian: boolean,
  { where }: StoredText,
): string {
  const view = new DataView(buffer, byteOffset, byteLength);
  let end = byteLength;
  while (end > 0 && view.getUint32(end - 4) === 0) end -= 4;
  let text = '';
  for (let start = 0; start < end; start += 4 * CHUNK) {
    const points: number[] = [];
    for (let at = start; at < Math.min(end, start + 4 * CHUNK); at += 4) points.push(view.getUint32(at, !isBigEndian));
    const wrong = points.find((point) => point > MAX_CODE_POINT);
    if (wrong !== undefined) throw malformedNpz(`${where}: expected code points up to ${MAX_CODE_POINT}, got ${wrong}`);
    text += String.fromCodePoint(...points);
  }
  return text;
}

function readUtf8(bytes: Uint8Array, { where }: StoredText): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  if (!isUtf8(text)) throw malformedNpz(`${where}: expected bytes in UTF-8, got others; use strings (str)`);
  return text.toString();
}
