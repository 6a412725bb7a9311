import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Batch } from '../loss/batch.ts';
import { Failure } from '../loss/failure.ts';
import { type Crew, dispatch } from './dispatch.ts';
import type { Engine, EngineInfo, EngineStats, EvaluateOptions, TimedEvaluation } from './engine.ts';
import { Pace } from './pace.ts';
import type { RungName } from './rung.ts';
import { ThreadLedger } from './thread-ledger.ts';
import type { WorkerFacts, WorkerReply } from './worker.ts';

export interface EngineSettings {
  /** `auto` takes the best rung there is. */
  readonly engine: 'auto' | RungName;
  readonly threads: number;
  /** How many batches may wait for a thread; beyond it they are refused at once. */
  readonly queueLimit: number;
  /** How long a thread may go on after its batch was given up before it is ended: it hangs then. */
  readonly hungAfterMs?: number;
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

/** One may be a batch's fault, or the system's; so many without a batch between them are the engine's. */
const MAX_DEATHS_IN_A_ROW = 10;

class WorkerPool implements Engine {
  readonly ready: Promise<EngineInfo>;
  readonly failed: Promise<Error>;
  #giveUp: (reason: Error) => void = () => {};
  info: EngineInfo | undefined;
  readonly #pool: Piscina<unknown, unknown>;
  readonly #queueLimit: number;
  readonly #hungAfterMs: number;
  readonly #pace = new Pace();
  readonly #ledger = new ThreadLedger();
  /** Batches that were accepted and not answered yet. */
  #accepted = 0;
  #deaths = 0;
  #closing = false;

  constructor({ engine, threads, queueLimit, hungAfterMs = 10_000 }: EngineSettings, worker: string) {
    const rung: RungName = engine === 'auto' ? 'wasm' : engine;
    this.#queueLimit = queueLimit;
    this.#hungAfterMs = hungAfterMs;
    this.failed = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.#pool = new Piscina({
      filename: worker,
      workerData: { rung },
      minThreads: threads,
      maxThreads: threads,
      stricterFIFO: true,
      closeTimeout: NO_TIMEOUT_MS,
    });
    this.#ledger.watch(this.#pool);
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

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<TimedEvaluation> {
    if (this.#closing) throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    if (!this.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    if (this.full) {
      throw new Failure('queue_full', `${this.#queueLimit} batches are waiting already`, {
        retryAfterSeconds: this.retryAfterSeconds,
      });
    }
    this.#accepted += 1;
    try {
      const evaluation = await dispatch(batch, options, this.#crew(this.info.threads));
      this.#deaths = 0;
      return evaluation;
    } catch (error) {
      if (error instanceof Failure && error.code === 'engine_lost') this.#countDeath(error);
      throw error;
    } finally {
      this.#accepted -= 1;
      this.#pace.completed(this.#accepted > 0);
    }
  }

  #crew(threads: number): Crew {
    return {
      threads,
      hungAfterMs: this.#hungAfterMs,
      run: (task, signal) => this.#pool.run(task, { name: 'evaluate', signal }) as Promise<WorkerReply>,
    };
  }

  get full(): boolean {
    return this.info !== undefined && this.#accepted >= this.info.threads + this.#queueLimit;
  }

  get retryAfterSeconds(): number {
    return this.#pace.secondsFor(this.#accepted);
  }

  get stats(): EngineStats {
    const threads = this.info?.threads ?? 0;
    return { waiting: Math.max(0, this.#accepted - threads), restarts: this.#ledger.restarts, ...this.#ledger.usage };
  }

  #countDeath(reason: Error): void {
    this.#deaths += 1;
    if (this.#deaths >= MAX_DEATHS_IN_A_ROW) this.#giveUp(reason);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#pool.close();
  }
}
