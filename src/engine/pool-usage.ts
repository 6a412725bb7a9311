import type { WorkerPool } from '../core/worker-pool.ts';
import type { ThreadUsage } from './thread-usage.ts';

/** What the threads of a pool hold between batches, by their own reports. */
export class PoolUsage {
  readonly #pool: Pick<WorkerPool<object>, 'threadIds'>;
  readonly #byThread = new Map<number, ThreadUsage>();

  constructor(pool: Pick<WorkerPool<object>, 'threadIds' | 'onMessage'>) {
    this.#pool = pool;
    pool.onMessage((message) => {
      const usage = message as ThreadUsage;
      this.#byThread.set(usage.thread, usage);
    });
  }

  /** Of all running threads together. */
  get total(): Omit<ThreadUsage, 'thread'> {
    const running = new Set(this.#pool.threadIds);
    for (const thread of this.#byThread.keys()) if (!running.has(thread)) this.#byThread.delete(thread);
    const usages = [...this.#byThread.values()];
    const sum = (field: keyof ThreadUsage) => usages.reduce((total, usage) => total + usage[field], 0);
    return { memoryBytes: sum('memoryBytes'), tensors: sum('tensors'), tensorBytes: sum('tensorBytes') };
  }
}
