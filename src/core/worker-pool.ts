import { setTimeout as sleep } from 'node:timers/promises';
import { SHARE_ENV } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { BufferLease } from './buffer-lease.ts';
import type { Cancellation } from './cancellation.ts';
import { threadLost } from './common-errors.ts';
import { EndingThreads } from './ending-threads.ts';
import { type Account, FairQueue } from './fair-queue.ts';
import { LOADING_TIMEOUT_MS, LoadingThreads } from './loading-threads.ts';
import { ServiceError } from './service-error.ts';
import { startupTimeoutError, withStartupTimeout } from './startup-timeout.ts';
import { track } from './thread-registry.ts';
import { unwrapResult, type WorkerResult, type WorkerTask } from './worker-result.ts';

export interface WorkerPoolOptions {
  /** URL of the worker module. What it exports is made by `workerTask`. */
  readonly worker: string;
  readonly threads: number;
  /** The module's `workerData`. */
  readonly workerData?: unknown;
}

export interface RunOptions {
  /** Ends the thread that runs the task. */
  readonly cancellation?: Cancellation;
  /** Whom the task is for, which decides when it is its turn; by default it is for itself. */
  readonly account?: Account;
  /** How long it may take. */
  readonly estimateMs?: number;
  /** Called when it is the task's turn; the task fails with what it throws. */
  readonly onTurn?: () => void;
  /** Where the task writes. If its thread is ended, it is held until the thread has ended indeed. */
  readonly lease?: BufferLease;
}

type Input<Task> = Task extends WorkerTask<infer Input, unknown> ? Input : never;
type Value<Task> = Task extends WorkerTask<never, infer Value> ? Value : never;

/** For short-lived objects; V8 would take up to 48 MiB of each thread for them, and tensors lie in shared memory anyway. */
const MAX_YOUNG_GENERATION_MB = 12;
/** A thread ends within milliseconds, unless it hangs in native code. */
const TERMINATION_TIMEOUT_MS = 5_000;

/**
 * A fixed number of worker threads that run the tasks of one module, each thread one task at a time. A thread that ends is
 * replaced, and only the task that it was running fails.
 *
 * @typeParam Tasks the type of the worker module
 */
export class WorkerPool<Tasks extends { readonly [Name in keyof Tasks]: WorkerTask<never, unknown> }> {
  readonly threads: number;
  readonly #pool: Piscina<unknown, unknown>;
  /** Decides which task is next. Piscina's own queue has one at most. */
  readonly #queue: FairQueue;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #ending: EndingThreads;
  /** One for each thread that is being replaced. */
  readonly #replacementTimers: NodeJS.Timeout[] = [];
  readonly #loading: LoadingThreads;
  #created = 0;
  #isEnding = false;
  #destroyed = false;

  constructor({ worker, threads, workerData }: WorkerPoolOptions) {
    this.threads = threads;
    this.#queue = new FairQueue(threads);
    this.#pool = new Piscina({
      filename: worker,
      workerData,
      minThreads: threads,
      maxThreads: threads,
      // Variables that a task sets for a native library have to reach the environment of the process.
      env: SHARE_ENV,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
    });
    this.#loading = new LoadingThreads(this.#pool);
    this.#ending = new EndingThreads(this.#pool);
    this.#pool.on('workerCreate', () => {
      this.#created += 1;
      track(this.#pool.threads);
    });
    this.#pool.on('error', () => {}); // Without a listener, a thread that fails would end the process.
  }

  /** How many threads have replaced others. */
  get restarts(): number {
    return Math.max(0, this.#created - this.threads);
  }

  /** Whether a task would be run at once. */
  get hasFreeThread(): boolean {
    return this.#inFlight.size < this.threads;
  }

  get threadIds(): number[] {
    return this.#pool.threads.map(({ threadId }) => threadId);
  }

  /**
   * Runs a task in every thread, and thus waits until all of them have loaded the module.
   *
   * @throws {Error} why a thread failed to start; the pool is destroyed then
   */
  async warmUp<Name extends keyof Tasks & string>(name: Name, timeoutMs: number): Promise<Value<Tasks[Name]>[]> {
    try {
      // An idle thread is preferred, so each of them gets one task.
      const results = Promise.all(Array.from({ length: this.threads }, () => this.#post(name, undefined)));
      return (await withStartupTimeout(this.#pool, results, timeoutMs)).map(unwrapResult) as Value<Tasks[Name]>[];
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /**
   * @throws {ServiceError} `engine_unavailable` when the thread ended, or what the task threw
   * @throws {Error} for a bug in the task, with the thread's stack
   */
  async run<Name extends keyof Tasks & string>(
    name: Name,
    input: Input<Tasks[Name]>,
    { cancellation, account, estimateMs, onTurn, lease }: RunOptions = {},
  ): Promise<Value<Tasks[Name]>> {
    const post = async () => {
      if (this.#destroyed) throw new Error('the worker pool was destroyed while the task was queued');
      onTurn?.();
      return this.#post(name, input, cancellation);
    };
    const result = this.#queue.run(post, account, estimateMs);
    this.#inFlight.add(result);
    const settled = await result
      .finally(() => this.#inFlight.delete(result))
      .catch((cause) => {
        if (cause instanceof ServiceError) throw cause;
        void lease?.holdUntil(this.#ending.ended());
        throw threadLost(cause);
      });
    return unwrapResult(settled) as Value<Tasks[Name]>;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#pool.on('message', listener);
  }

  /** Calls back when the replacement of a thread fails, or does not start in time. */
  onReplacementFailure(listener: (reason: Error) => void, timeoutMs: number): void {
    this.#pool.on('workerDestroy', () => {
      if (this.#isEnding) return;
      this.#replacementTimers.push(setTimeout(() => listener(startupTimeoutError(timeoutMs)), timeoutMs));
    });
    this.#pool.on('workerCreate', () => clearTimeout(this.#replacementTimers.shift()));
    // A thread that fails between two tasks emits this, too, but has been replaced by now.
    this.#pool.on('error', (error: Error) => {
      if (this.#pool.threads.length < this.threads) listener(error);
    });
  }

  /**
   * Finishes the accepted tasks, then ends the threads.
   *
   * @param taskTimeoutMs after which a task hangs and is not waited for; without it, the caller must cancel tasks that hang
   */
  async close(taskTimeoutMs?: number): Promise<void> {
    this.#end();
    const finished = Promise.allSettled(this.#inFlight); // Piscina's `close` would wait for a thread that hangs.
    await (taskTimeoutMs === undefined ? finished : within(taskTimeoutMs, finished));
    this.#destroyed = true;
    await within(LOADING_TIMEOUT_MS + TERMINATION_TIMEOUT_MS, this.#terminate());
  }

  /** Ends the threads at once. Does not wait, because a thread that hangs in native code may take long. */
  destroy(): void {
    this.#destroyed = true;
    this.#end();
    void this.#terminate();
  }

  #post(name: string, input: unknown, cancellation?: Cancellation): Promise<WorkerResult<unknown>> {
    return this.#pool.run(input, { name, signal: cancellation ?? null }) as Promise<WorkerResult<unknown>>;
  }

  async #terminate(): Promise<void> {
    track(this.#pool.threads); // Threads that are still starting have not been tracked yet.
    await within(LOADING_TIMEOUT_MS, this.#loading.finished());
    await this.#pool.destroy();
  }

  #end(): void {
    this.#isEnding = true;
    for (const timer of this.#replacementTimers) clearTimeout(timer);
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, sleep(ms, undefined, { ref: false })]);
}
