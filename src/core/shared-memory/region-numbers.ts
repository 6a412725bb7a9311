import type { Allocator } from '../allocator.ts';
import { type FloatFormat, type StoredFloats, viewFloats } from '../float-format.ts';
import { checkHolds, type RegionBytes, readBytes, writeBytes } from './region-bytes.ts';

/** Numbers of a tensor in a region, in place of an array of them. */
export interface RegionNumbers extends RegionBytes {
  readonly format: FloatFormat;
  readonly length: number;
}

const ARRAYS = { F64: new Float64Array(), F32: new Float32Array(), F16: new Uint16Array(), BF16: new Uint16Array() };

export function isInRegion(values: ArrayBufferView | RegionNumbers): values is RegionNumbers {
  return !ArrayBuffer.isView(values);
}

export function inRegion(bytes: RegionBytes, format: FloatFormat): RegionNumbers {
  return { ...bytes, format, length: bytes.byteLength / ARRAYS[format].BYTES_PER_ELEMENT };
}

/** An empty array of the type that holds such numbers. */
export function arrayLike({ format }: Pick<RegionNumbers, 'format'>): StoredFloats {
  return ARRAYS[format];
}

/**
 * Fills an array with the numbers from `first` on.
 *
 * @throws {ServiceError} `invalid_request` if the file has become too short
 */
export function readNumbers<Type extends StoredFloats>(numbers: RegionNumbers, first: number, target: Type): Type {
  readBytes(numbers, first * target.BYTES_PER_ELEMENT, target);
  return target;
}

/**
 * Copies all numbers.
 *
 * @throws {ServiceError} `invalid_request` if the file has become too short
 */
export function loadNumbers(numbers: RegionNumbers, allocator: Allocator): StoredFloats {
  return readNumbers(numbers, 0, viewFloats(numbers.format, allocator.bytes(numbers.byteLength)));
}

/**
 * Writes several arrays, each from its first number on.
 *
 * @throws {ServiceError} `invalid_request` if the file has become too short, or can't be written
 */
export function writeNumbers(numbers: RegionNumbers, runs: Iterable<{ first: number; values: StoredFloats }>): void {
  checkHolds(numbers);
  for (const { first, values } of runs) writeBytes(numbers, first * values.BYTES_PER_ELEMENT, values);
}
