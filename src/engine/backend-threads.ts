import { setTimeout as sleep } from 'node:timers/promises';
import { SHARE_ENV } from 'node:worker_threads';
import pLimit, { type LimitFunction } from 'p-limit';
import { Piscina } from 'piscina';
import type { Cancellation } from '../core/cancellation.ts';
import { track } from '../core/thread-registry.ts';
import type { BackendName } from './backends/backend.ts';
import type { WorkerFacts, WorkerReply, WorkerTask } from './engine-worker.ts';
import { PoolMetrics } from './pool-metrics.ts';

export interface ThreadsOptions {
  readonly backend: BackendName;
  readonly explicit: boolean;
  readonly threads: number;
  /** What the threads run, as a URL. */
  readonly worker: string;
  /** How long a thread may take until it has passed its self-test. */
  readonly startupTimeoutMs: number;
}

/** The threads that serve one backend. Each has passed the self-test before its first batch; one that ends is replaced. */
export class BackendThreads {
  readonly #options: ThreadsOptions;
  readonly #pool: Piscina<unknown, unknown>;
  /** In the order of arrival; the pool's own queue turns tasks that can be cancelled around, and some wait for seconds. */
  readonly #inTurn: LimitFunction;
  readonly metrics: PoolMetrics;
  /** Accepted and not done. */
  readonly #work = new Set<Promise<unknown>>();
  /** Running while a thread is being replaced. */
  readonly #replacements: NodeJS.Timeout[] = [];
  #ending = false;
  #destroyed = false;

  constructor(options: ThreadsOptions) {
    const { backend, explicit, threads, worker } = options;
    this.#options = options;
    this.#pool = new Piscina({
      filename: worker,
      workerData: { backend, explicit },
      minThreads: threads,
      maxThreads: threads,
      // What a backend sets for its native library has to reach the process's own environment.
      env: SHARE_ENV,
    });
    this.#inTurn = pLimit(threads);
    this.metrics = new PoolMetrics(this.#pool);
    this.#pool.on('workerCreate', () => track(this.#pool.threads));
    this.#pool.on('error', () => {}); // Whoever waits listens too; if nobody does, the process must not end.
  }

  /**
   * Settles when every thread has passed its self-test.
   *
   * @throws {Error} that says why one has not; then all of them are ended
   */
  async checkCapacity(): Promise<WorkerFacts> {
    const { threads } = this.#options;
    try {
      // One task per thread: each answers only after its own self-test.
      const [facts] = await this.#inTime(Promise.all(Array.from({ length: threads }, () => this.#describe())));
      return facts!;
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** @throws {Error} when the thread that had it has ended, or was ended by `cancellation` */
  async run(task: WorkerTask, cancellation?: Cancellation): Promise<WorkerReply> {
    const work = this.#inTurn(() => {
      if (this.#destroyed) throw new Error('the threads were ended before its turn came');
      return this.#pool.run(task, { name: 'evaluate', signal: cancellation ?? null });
    });
    this.#work.add(work);
    return (await work.finally(() => this.#work.delete(work))) as WorkerReply;
  }

  /** Calls back when a thread that ended could not be replaced, by one that has passed the self-test in its turn. */
  watch(broken: (reason: Error) => void): void {
    const { threads, startupTimeoutMs } = this.#options;
    this.#pool.on('workerDestroy', () => {
      if (!this.#ending)
        this.#replacements.push(setTimeout(() => broken(startupTimeoutError(startupTimeoutMs)), startupTimeoutMs));
    });
    this.#pool.on('workerCreate', () => clearTimeout(this.#replacements.shift()));
    // Of a thread that ended between two batches, too; but that one has been replaced by now.
    this.#pool.on('error', (error: Error) => {
      if (this.#pool.threads.length < threads) broken(error);
    });
  }

  /** Finishes what it has, then ends the threads, and waits for those that do not hang. */
  async close(): Promise<void> {
    this.#end();
    // The pool's own way of waiting never ends where a thread does.
    await Promise.allSettled(this.#work);
    await Promise.race([this.#endThreads(), sleep(ENDS_WITHIN_MS, undefined, { ref: false })]);
  }

  /** Ends the threads. One that hangs in native code may take its time, so nobody waits. */
  destroy(): void {
    this.#destroyed = true;
    this.#end();
    void this.#endThreads();
  }

  #endThreads(): Promise<void> {
    track(this.#pool.threads); // Also those that are not ready yet.
    return this.#pool.destroy();
  }

  #end(): void {
    this.#ending = true;
    for (const timer of this.#replacements) clearTimeout(timer);
  }

  async #describe(): Promise<WorkerFacts> {
    return (await this.#pool.run(undefined, { name: 'describe' })) as WorkerFacts;
  }

  async #inTime<Result>(result: Promise<Result>): Promise<Result> {
    const { startupTimeoutMs } = this.#options;
    let end = () => {};
    const failure = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(startupTimeoutError(startupTimeoutMs)), startupTimeoutMs);
      this.#pool.once('error', reject);
      end = () => {
        clearTimeout(timer);
        this.#pool.off('error', reject);
      };
    });
    return Promise.race([result, failure]).finally(end);
  }
}

/** A thread ends in milliseconds, or hangs in native code. */
const ENDS_WITHIN_MS = 5_000;

/** Why a backend that hangs can't be had. */
export function startupTimeoutError(startupTimeoutMs: number): Error {
  return new Error(`it was not ready within ${startupTimeoutMs / 1000} s`);
}
