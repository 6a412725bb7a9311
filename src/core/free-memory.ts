import { MessageChannel } from 'node:worker_threads';

/** Discards what is posted to it, and the memory that was to move. */
const { port1: closedPort } = new MessageChannel();
closedPort.close();

/**
 * Frees the memory of a chunk at once; its length is 0 then. Memory that others may use, too, is left alone.
 */
export function freeChunk({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength) freeMemory(buffer);
}

/**
 * Frees memory at once; the length of whatever lies in it is 0 then. The garbage collector counts that memory as its own but frees it
 * late: with bodies of several megabytes it runs for each of them, on all of V8's threads.
 *
 * `ArrayBuffer.prototype.transfer` would do the same, but Node 20 has none. Memory that threads share is left alone.
 */
export function freeMemory(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) closedPort.postMessage(null, [buffer]);
}
