import { MessageChannel } from 'node:worker_threads';

/** Discards what is posted to it, and the memory that was to move. */
const { port1: closedPort } = new MessageChannel();
closedPort.close();

/**
 * Frees the memory of a chunk at once; its length is 0 then. The garbage collector counts that memory as its own but frees it
 * late: with bodies of several megabytes it runs for each of them, on all of V8's threads.
 *
 * `ArrayBuffer.prototype.transfer` would do the same, but Node 20 has none. Memory that others may use, too, is left alone.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) closedPort.postMessage(null, [buffer]);
}
