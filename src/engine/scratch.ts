export type TypedNumbers = Float32Array | Float64Array | Uint16Array | Int32Array;

/** Makes room for numbers of the type that `like` has; `purpose` tells it from other room in use at the same time. */
export type AllocateScratch = <Type extends TypedNumbers>(purpose: string, like: Type, length: number) => Type;

type Constructor<Type> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => Type;

const kept = new Map<string, ArrayBuffer>();

/**
 * Kept from call to call: new pages take as long as the copy or conversion that fills them. Who asks again for the same
 * purpose no longer needs what he got before.
 */
export const reusedScratch: AllocateScratch = (purpose, like, length) => {
  const bytes = like.BYTES_PER_ELEMENT * length;
  let room = kept.get(purpose);
  if (!room || room.byteLength < bytes) {
    room = new ArrayBuffer(bytes);
    kept.set(purpose, room);
  }
  return viewAs(like, room, length);
};

/** For what somebody goes on reading. */
export const freshScratch: AllocateScratch = (_purpose, like, length) =>
  viewAs(like, new ArrayBuffer(like.BYTES_PER_ELEMENT * length), length);

function viewAs<Type extends TypedNumbers>(like: Type, room: ArrayBuffer, length: number): Type {
  return new (like.constructor as Constructor<Type>)(room, 0, length);
}
