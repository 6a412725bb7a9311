import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

// The threads of this process that may never end: worker threads that hang in native code, and threads of Node's own pool
// that block in a system call. Node waits for all of them before it exits, even in `process.exit`.

const running = new Set<Worker | Promise<unknown>>();

export function track(threads: readonly Worker[]): void {
  for (const thread of threads) {
    if (running.has(thread)) continue;
    running.add(thread);
    thread.once('exit', () => running.delete(thread));
  }
}

/** Tracks work that takes a thread of Node's pool and may block it, such as a read from a network drive. */
export function trackBlocking(work: Promise<unknown>): void {
  running.add(work);
  const end = () => running.delete(work);
  work.then(end, end);
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
