import type { Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';

/** The threads that a pool has told to end: those that hang in native code go on until that returns. */
export class EndingThreads {
  readonly #pool: Pick<Piscina, 'threads'>;
  /** Also those that the pool still has. */
  readonly #running = new Set<Worker>();

  constructor(pool: Pick<Piscina, 'threads' | 'on'>) {
    this.#pool = pool;
    pool.on('workerCreate', () => {
      for (const thread of pool.threads) {
        if (!this.#running.has(thread)) thread.once('exit', () => this.#running.delete(thread));
        this.#running.add(thread);
      }
    });
  }

  /** Resolves when all of them have ended. */
  async ended(): Promise<void> {
    const ending = [...this.#running].filter((thread) => !this.#pool.threads.includes(thread));
    await Promise.all(ending.map((thread) => new Promise((resolve) => thread.once('exit', resolve))));
  }
}
