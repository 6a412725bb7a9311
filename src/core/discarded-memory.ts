import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { collectGarbage } from './collect-garbage.ts';

// Shared memory that is discarded goes back to the system only when every thread that has worked there has collected its
// garbage. No thread counts shared memory, and idle ones never collect. So all are told when much has been discarded.

/** How much is discarded before threads collect. */
const MAX_DISCARDED_BYTES = 64 * 2 ** 20;

const NAME = 'focal-loss-service: epochs of discarded memory';
/** How often that much has been discarded, in memory that all threads of the process share. */
const epoch = sharedCounter();
let seen = Atomics.load(epoch, 0);
let discardedBytes = 0;
const listeners = new Set<() => void>();

function sharedCounter(): Int32Array {
  const existing = getEnvironmentData(NAME);
  if (existing instanceof Int32Array) return existing;
  const counter = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData(NAME, counter as never);
  return counter;
}

/** To be called for shared memory that will not be used again; now and then it collects, which takes 10 ms or more. */
export function discard(bytes: number): void {
  discardedBytes += bytes;
  if (discardedBytes < MAX_DISCARDED_BYTES) return;
  discardedBytes = 0;
  Atomics.add(epoch, 0, 1);
  for (const listener of listeners) listener();
  collectDiscarded();
}

/** Calls back when threads should call `collectDiscarded`. @returns ends it */
export function onDiscarded(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Collects this thread's garbage, if much shared memory has been discarded since it did last. */
export function collectDiscarded(): void {
  const now = Atomics.load(epoch, 0);
  if (now === seen) return;
  seen = now;
  collectGarbage();
}
