import type { Piscina } from 'piscina';
import type { ThreadUsage } from './thread-usage.ts';

/** Which threads a pool has, how many had to be replaced, and what they say that they hold. */
export class PoolMetrics {
  readonly #pool: Piscina<unknown, unknown>;
  readonly #usages = new Map<number, ThreadUsage>();
  #started = 0;

  constructor(pool: Piscina<unknown, unknown>) {
    this.#pool = pool;
    pool.on('workerCreate', () => {
      this.#started += 1;
    });
    pool.on('message', (usage: ThreadUsage) => this.#usages.set(usage.thread, usage));
  }

  /** Threads that took the place of others. */
  get restarts(): number {
    return Math.max(0, this.#started - this.#pool.minThreads);
  }

  /** All threads together. */
  get usage(): Omit<ThreadUsage, 'thread'> {
    const living = new Set(this.#pool.threads.map(({ threadId }) => threadId));
    for (const thread of this.#usages.keys()) if (!living.has(thread)) this.#usages.delete(thread);
    const usages = [...this.#usages.values()];
    const sum = (what: keyof ThreadUsage) => usages.reduce((total, usage) => total + usage[what], 0);
    return { memoryBytes: sum('memoryBytes'), tensors: sum('tensors'), tensorBytes: sum('tensorBytes') };
  }
}
