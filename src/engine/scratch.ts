export type TypedNumbers = Float32Array | Float64Array | Uint16Array | Int32Array | Uint8Array;

/**
 * Allocates temporary numbers that are not cleared.
 *
 * @param purpose tells them from other scratch memory in use at the same time
 * @param like an array of the wanted type
 */
export type AllocateScratch = <Type extends TypedNumbers>(purpose: string, like: Type, length: number) => Type;

type Constructor<Type> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => Type;

const buffers = new Map<string, ArrayBuffer>();

/**
 * Reuses the buffer of the last call with the same purpose, whose numbers are overwritten then: to touch new pages takes as
 * long as the copy or conversion that fills them.
 */
export const reusedScratch: AllocateScratch = (purpose, like, length) => {
  const bytes = like.BYTES_PER_ELEMENT * length;
  let buffer = buffers.get(purpose);
  if (!buffer || buffer.byteLength < bytes) {
    buffer = new ArrayBuffer(bytes);
    buffers.set(purpose, buffer);
  }
  return viewAs(like, buffer, length);
};

/** Allocates a new buffer, for numbers that a tensor goes on using. */
export const newScratch: AllocateScratch = (_purpose, like, length) =>
  viewAs(like, new ArrayBuffer(like.BYTES_PER_ELEMENT * length), length);

function viewAs<Type extends TypedNumbers>(like: Type, buffer: ArrayBuffer, length: number): Type {
  return new (like.constructor as Constructor<Type>)(buffer, 0, length);
}
