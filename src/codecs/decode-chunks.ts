import type { Transform } from 'node:stream';
import { freeMemory } from '../core/free-memory.ts';

/** The chunks in which decoders should decompress: from this size on, their memory is freed at once. */
export const CHUNK_BYTES = 131_072;

/**
 * Decompresses bytes chunk by chunk. The memory of a chunk is freed when the next one comes, or soon after it.
 *
 * @param decoder one of Node's that makes chunks of `CHUNK_BYTES`
 * @throws what the decoder or `add` throws
 */
export async function decodeChunks(
  decoder: Transform,
  { buffer, byteOffset, byteLength }: Uint8Array,
  add: (chunk: Buffer) => void,
): Promise<void> {
  decoder.end(Buffer.from(buffer, byteOffset, byteLength));
  // The decoder cuts chunks from one piece of memory until it is full. Garbage of this size would pile up for long.
  let piece: ArrayBufferLike = new ArrayBuffer(0);
  for await (const chunk of decoder as AsyncIterable<Buffer>) {
    if (chunk.buffer !== piece) freePiece(piece);
    piece = chunk.buffer;
    add(chunk);
  }
  freePiece(piece);
}

/** Chunks that waited are copied into one, which shares its memory with other buffers if it is small. */
function freePiece(piece: ArrayBufferLike): void {
  if (piece.byteLength >= CHUNK_BYTES) freeMemory(piece);
}
