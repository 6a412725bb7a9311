import { type RunOptions, WorkerPool } from '../core/worker-pool.ts';
import type { BackendName, StartOptions } from './backends/backend.ts';
import type { BackendUsage } from './engine.ts';
import type { EngineThreads } from './engine-threads.ts';
import type * as EngineWorker from './engine-worker.ts';
import type {
  AddTask,
  BackendDescription,
  EngineWorkerData,
  EvaluateReply,
  EvaluateTask,
  ThreadUsage,
} from './engine-worker.ts';
import { selfTestCases } from './self-test-cases.ts';

export interface ThreadsOptions extends StartOptions {
  readonly backend: BackendName;
  readonly threads: number;
  /** URL of the worker module. */
  readonly worker: string;
  /** How long a thread may take to start its backend and pass the self-test. */
  readonly startupTimeoutMs: number;
}

/** The threads that serve one backend. Each of them, and each replacement, has passed the self-test before its first batch. */
export class BackendThreads implements EngineThreads {
  readonly count: number;
  minParts = 1;
  readonly #startupTimeoutMs: number;
  readonly #pool: WorkerPool<typeof EngineWorker>;
  readonly #usage: PoolUsage;
  #requestRecycling = () => {};

  constructor({ backend, explicit, build, threads, worker, startupTimeoutMs }: ThreadsOptions) {
    this.count = threads;
    this.#startupTimeoutMs = startupTimeoutMs;
    const workerData: EngineWorkerData = { backend, explicit, build, cases: selfTestCases() };
    this.#pool = new WorkerPool({ worker, threads, workerData });
    this.#usage = new PoolUsage(this.#pool);
  }

  /** How many threads have replaced others. */
  get restarts(): number {
    return this.#pool.restarts;
  }

  get usage(): BackendUsage {
    return this.#usage.total;
  }

  /**
   * Settles when every thread has passed its self-test.
   *
   * @throws {Error} why a thread has not; all of them are ended then
   */
  async warmUp(): Promise<BackendDescription> {
    const [description] = await this.#pool.warmUp('describe', this.#startupTimeoutMs);
    this.minParts = description!.minParts ?? 1;
    return description!;
  }

  async evaluate(task: EvaluateTask, options: RunOptions): Promise<EvaluateReply> {
    const reply = await this.#pool.run('evaluate', task, options);
    if ('needsRecycling' in reply) this.#requestRecycling();
    return reply;
  }

  add(task: AddTask, options: RunOptions): Promise<void> {
    return this.#pool.run('add', task, options);
  }

  /** Calls back each time that a thread asks to be replaced. */
  onRecyclingNeeded(listener: () => void): void {
    this.#requestRecycling = listener;
  }

  /** Calls back when a thread that ended could not be replaced by one that passes the self-test. */
  onReplacementFailure(listener: (reason: Error) => void): void {
    this.#pool.onReplacementFailure(listener, this.#startupTimeoutMs);
  }

  /** Finishes the accepted batches, then ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Ends the threads at once. */
  destroy(): void {
    this.#pool.destroy();
  }
}

/** Starts threads that pass the self-test. */
export async function startThreads(
  options: ThreadsOptions,
  signal: AbortSignal,
): Promise<{ threads: BackendThreads; description: BackendDescription }> {
  signal.throwIfAborted();
  const threads = new BackendThreads(options);
  const destroy = () => threads.destroy();
  signal.addEventListener('abort', destroy);
  try {
    return { threads, description: await threads.warmUp() };
  } finally {
    signal.removeEventListener('abort', destroy);
  }
}

/** What the threads of a pool hold between batches, by their own reports. */
class PoolUsage {
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
  get total(): BackendUsage {
    const running = new Set(this.#pool.threadIds);
    for (const thread of this.#byThread.keys()) if (!running.has(thread)) this.#byThread.delete(thread);
    const usages = [...this.#byThread.values()];
    const sum = (field: keyof BackendUsage) => usages.reduce((total, usage) => total + usage[field], 0);
    return { memoryBytes: sum('memoryBytes'), tensors: sum('tensors'), tensorBytes: sum('tensorBytes') };
  }
}
