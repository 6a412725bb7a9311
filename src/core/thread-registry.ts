import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

// All worker threads of this process. Node waits for them before it exits, and a thread that hangs in native code never ends.

const running = new Set<Worker>();

export function track(threads: readonly Worker[]): void {
  for (const thread of threads) {
    if (running.has(thread)) continue;
    running.add(thread);
    thread.once('exit', () => running.delete(thread));
  }
}

const POLL_INTERVAL_MS = 20;

/**
 * Waits until all threads have ended, after their pools were closed.
 *
 * @returns how many are still running after `timeoutMs`
 */
export async function waitForExit(timeoutMs: number): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  while (running.size > 0 && performance.now() < deadline) await sleep(POLL_INTERVAL_MS);
  return running.size;
}
