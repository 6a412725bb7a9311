import type { Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';

/** How long a thread that is still loading its module may go on before it is terminated. */
export const LOADING_TIMEOUT_MS = 5_000;

/**
 * The threads of a pool that are still loading their module. Piscina loads it by `require`, and if a thread is terminated
 * while Node 20 or 22 links what it requires, V8 aborts the process: "v8::Module::IsGraphAsync must be used on an
 * instantiated module".
 */
export class LoadingThreads {
  readonly #pool: Pick<Piscina, 'threads'>;
  readonly #loaded = new Set<number>();

  constructor(pool: Pick<Piscina, 'threads' | 'on'>) {
    this.#pool = pool;
    const first = new Set(pool.threads.map(({ threadId }) => threadId));
    for (const thread of pool.threads) {
      const { threadId } = thread;
      thread.once('message', () => this.#loaded.add(threadId)); // A thread sends nothing before.
    }
    pool.on('workerCreate', ({ id }) => {
      if (!first.has(id)) this.#loaded.add(id); // A replacement is reported when it has loaded the module.
    });
  }

  /** Resolves when all of them have loaded it, or have ended. */
  async finished(): Promise<void> {
    const loading = this.#pool.threads.filter(({ threadId }) => !this.#loaded.has(threadId));
    await Promise.all(loading.map(firstMessageOrExit));
  }
}

function firstMessageOrExit(thread: Worker): Promise<void> {
  return new Promise((resolve) => {
    thread.once('message', () => resolve());
    thread.once('exit', () => resolve());
  });
}
