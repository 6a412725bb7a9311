import type { Allocator } from '../core/allocator.ts';

/** The names of the classes as a JSON array in UTF-8, in memory that threads share: as strings each would be copied alone. */
export type ClassNames = Uint8Array;

export function writeClassNames(names: readonly string[], allocator: Allocator): ClassNames {
  const text = Buffer.from(JSON.stringify(names));
  const bytes = allocator.bytes(text.length);
  bytes.set(text);
  return bytes;
}

export function readClassNames({ buffer, byteOffset, byteLength }: ClassNames): string[] {
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
}
