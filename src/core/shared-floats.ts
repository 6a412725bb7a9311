import type { Allocator } from './allocator.ts';
import { type FloatFormat, type StoredFloats, viewFloats } from './float-format.ts';

/** The same numbers in memory that threads share; a copy unless they are there already. */
export function shareFloats(values: StoredFloats, format: FloatFormat, allocator: Allocator): StoredFloats {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const shared = viewFloats(format, allocator.bytes(values.byteLength));
  shared.set(values);
  return shared;
}

/** The numbers as float32 in memory that threads share; a copy unless they are that already. */
export function shareFloat32(values: Float32Array | Float64Array | Int32Array, allocator: Allocator): Float32Array {
  if (values instanceof Float32Array && values.buffer instanceof SharedArrayBuffer) return values;
  const shared = allocator.float32(values.length);
  shared.set(values);
  return shared;
}
