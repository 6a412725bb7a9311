import type { Allocator } from './allocator.ts';
import { share } from './share.ts';

/** How predictions may be stored: IEEE 754 binary64, binary32 and binary16, and bfloat16. */
export type FloatFormat = 'F64' | 'F32' | 'F16' | 'BF16';
/** The 16-bit formats, for which JavaScript has no numbers: their tensors hold the bits. */
export type Float16Format = 'F16' | 'BF16';
/** The formats that gradients can be rounded to. */
export type ResultFormat = 'F32' | Float16Format;
export const RESULT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

/** Numbers in a `FloatFormat`; a Uint16Array holds the bits of a `Float16Format`. */
export type StoredFloats = Float64Array | Float32Array | Uint16Array;

/** Views bytes as numbers; they must be aligned. */
export function viewFloats(format: FloatFormat, { buffer, byteOffset, byteLength }: Uint8Array): StoredFloats {
  if (format === 'F64') return new Float64Array(buffer, byteOffset, byteLength / 8);
  if (format === 'F32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Views bytes as results; they must be aligned. */
export function viewResults(format: ResultFormat, bytes: Uint8Array): Float32Array | Uint16Array {
  return viewFloats(format, bytes) as Float32Array | Uint16Array;
}

/** The largest finite number of each format that results can have. */
export const LARGEST_FINITE = { F32: 3.4028234663852886e38, F16: 65504, BF16: 3.3895313892515355e38 } as const;

/** The numbers as float32 in memory that threads share; a copy unless they are that already. */
export function shareFloat32(values: Float32Array | Float64Array | Int32Array, allocator: Allocator): Float32Array {
  if (values instanceof Float32Array) return share(values, allocator);
  const shared = allocator.float32(values.length);
  shared.set(values);
  return shared;
}
