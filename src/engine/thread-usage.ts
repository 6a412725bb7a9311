import { parentPort, threadId } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import type { WorkerPool } from '../core/worker-pool.ts';
import type { Backend } from './backends/backend.ts';

/** What one engine thread holds between batches. */
export interface ThreadUsage {
  readonly thread: number;
  /** Of its backend; 0 if the backend can't tell. */
  readonly memoryBytes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

let lastReport = '';

/** Reports to the main thread what this one holds. Unchanged figures are not sent again, so that this costs next to nothing. */
export function reportUsage(backend: Backend): void {
  const { numTensors: tensors, numBytes: tensorBytes } = memory();
  const usage: ThreadUsage = { thread: threadId, memoryBytes: backend.memoryBytes?.() ?? 0, tensors, tensorBytes };
  const report = `${usage.memoryBytes} ${tensors} ${tensorBytes}`;
  if (report !== lastReport) parentPort?.postMessage(usage);
  lastReport = report;
}

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
