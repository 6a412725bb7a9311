import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Batch } from '../loss/batch.ts';
import { Failure } from '../loss/failure.ts';
import type { Engine, EngineInfo, TimedEvaluation } from './engine.ts';
import type { RungName } from './rung.ts';
import type { WorkerFacts, WorkerReply } from './worker.ts';

export interface EngineSettings {
  /** `auto` takes the best rung there is. */
  readonly engine: 'auto' | RungName;
  readonly threads: number;
  /** How many batches may wait for a thread; beyond it they are refused at once. */
  readonly queueLimit: number;
}

// Beside this file, with this file's extension: .ts when the sources are run as they stand, .js once built.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url).href;

/** The longest delay that timers take: closing waits for what is running, and each request has a deadline of its own. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Starts an engine whose batches are evaluated in a pool of worker threads.
 *
 * @param worker what the threads run; another than the usual one is for tests of what happens when it fails
 */
export function startEngine(settings: EngineSettings, worker = WORKER): Engine {
  return new WorkerPool(settings, worker);
}

class WorkerPool implements Engine {
  readonly ready: Promise<EngineInfo>;
  info: EngineInfo | undefined;
  readonly #pool: Piscina<unknown, unknown>;
  readonly #queueLimit: number;
  #closing = false;

  constructor({ engine, threads, queueLimit }: EngineSettings, worker: string) {
    const rung: RungName = engine === 'auto' ? 'wasm' : engine;
    this.#queueLimit = queueLimit;
    this.#pool = new Piscina({
      filename: worker,
      workerData: { rung },
      minThreads: threads,
      maxThreads: threads,
      stricterFIFO: true,
      closeTimeout: NO_TIMEOUT_MS,
    });
    this.ready = this.#warmUp(rung, threads);
  }

  async #warmUp(rung: RungName, threads: number): Promise<EngineInfo> {
    const start = performance.now();
    const broken = new Promise<never>((_, reject) => this.#pool.once('error', reject));
    // One task per thread: each answers only after its own self-test.
    const inspections = Array.from({ length: threads }, () => this.#pool.run(undefined, { name: 'inspect' }));
    try {
      const [facts] = (await Promise.race([Promise.all(inspections), broken])) as WorkerFacts[];
      if (facts === undefined) throw new Error('the engine has no threads');
      this.info = { name: rung, threads, warmUpMs: performance.now() - start, ...facts };
      return this.info;
    } catch (error) {
      await this.#pool.destroy();
      throw new Error(`engine "${rung}" can't be had: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  async evaluate(batch: Batch, signal?: AbortSignal): Promise<TimedEvaluation> {
    if (this.#closing) throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    if (!this.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    if (this.#pool.queueSize >= this.#queueLimit) {
      throw new Failure('queue_full', `${this.#queueLimit} batches are waiting already`, { retryAfterSeconds: 1 });
    }
    const start = performance.now();
    const reply = await this.#run(batch, signal);
    if ('failure' in reply) {
      throw new Failure(reply.failure.code, reply.failure.message, { complaints: reply.failure.complaints });
    }
    if ('bug' in reply) throw new Error(`engine thread: ${reply.bug}`);
    const { evaluation, computeMs } = reply;
    return { ...evaluation, computeMs, queueMs: performance.now() - start - computeMs };
  }

  async #run(batch: Batch, signal?: AbortSignal): Promise<WorkerReply> {
    try {
      return (await this.#pool.run(batch, { name: 'evaluate', ...(signal && { signal }) })) as WorkerReply;
    } catch (error) {
      if (signal?.aborted) {
        throw new Failure('deadline_exceeded', 'The batch was not evaluated in time', { cause: error });
      }
      throw new Failure('engine_lost', 'The engine thread that had this batch ended; another takes its place', {
        retryAfterSeconds: 1,
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#pool.close();
  }
}
