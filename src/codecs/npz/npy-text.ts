import { isAscii, isUtf8 } from 'node:buffer';
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
 * How many bytes of memory the strings take. To be called before they are made.
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
  return text.dtype.encoding === 'utf-32' ? readUtf32(text) : readUtf8(text);
}

const MAX_CODE_POINT = 0x10ffff;
/** How many code points are made a string at a time: they are arguments of a call. */
const CHUNK = 1024;

function readUtf32({ shape, bytes, dtype, where }: StoredText): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = textBytes(dtype);
  const points: number[] = [];
  return Array.from({ length: product(shape) }, (_, i) => {
    let end = (i + 1) * step;
    while (end > i * step && view.getUint32(end - 4) === 0) end -= 4;
    let text = '';
    for (let at = i * step; at < end; ) {
      points.length = 0;
      for (; at < end && points.length < CHUNK; at += 4) {
        const point = view.getUint32(at, !dtype.isBigEndian);
        if (point > MAX_CODE_POINT) {
          throw malformedNpz(`${where}: expected code points up to ${MAX_CODE_POINT}, got ${point}`);
        }
        points.push(point);
      }
      text += String.fromCodePoint(...points);
    }
    return text;
  });
}

function readUtf8({ shape, bytes, dtype, where }: StoredText): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Most names are ASCII, in which a character is a byte: so all of them are made a string at once.
  const ascii = isAscii(all) ? all.toString('latin1') : undefined;
  return Array.from({ length: product(shape) }, (_, i) => {
    const start = i * dtype.width;
    let end = start + dtype.width;
    while (end > start && all[end - 1] === 0) end -= 1;
    if (ascii !== undefined) return ascii.slice(start, end);
    const item = all.subarray(start, end);
    if (!isUtf8(item)) throw malformedNpz(`${where}: expected bytes in UTF-8, got others; use strings (str)`);
    return item.toString();
  });
}
