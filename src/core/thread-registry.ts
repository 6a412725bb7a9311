import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

const living = new Set<Worker>();

/** Remembers threads until they have ended. */
export function track(threads: readonly Worker[]): void {
  for (const thread of threads) {
    if (living.has(thread)) continue;
    living.add(thread);
    thread.once('exit', () => living.delete(thread));
  }
}

const LOOK_EVERY_MS = 20;

/**
 * Waits for the engine threads of this process, after they were told to end. One that hangs in native code does not, and
 * Node exits only after all of its threads.
 *
 * @returns how many are left
 */
export async function waitForExit(patienceMs: number): Promise<number> {
  const deadline = performance.now() + patienceMs;
  while (living.size > 0 && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  return living.size;
}
