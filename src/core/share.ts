import type { Allocator } from './allocator.ts';

type TypedNumbers = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** The same numbers in memory that threads share; a copy unless they are there already. */
export function share<Type extends TypedNumbers>(values: Type, allocator: Allocator): Type {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const { buffer, byteOffset } = allocator.bytes(values.byteLength);
  const shared = new (values.constructor as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Type)(
    buffer,
    byteOffset,
    values.length,
  );
  shared.set(values);
  return shared;
}
