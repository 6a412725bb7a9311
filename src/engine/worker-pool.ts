import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Batch } from '../loss/batch.ts';
import { roomForResults } from '../loss/evaluation.ts';
import { Failure } from '../loss/failure.ts';
import { freshMemory } from '../loss/memory.ts';
import { overflowFailure } from '../loss/overflow.ts';
import { refuseLogits } from '../loss/refuse-logits.ts';
import type { Cancellation } from './cancellation.ts';
import type { Engine, EngineInfo, EvaluateOptions, TimedEvaluation } from './engine.ts';
import { addParts } from './kernel.ts';
import { arraysOfRange, batchOfRange, cutForThreads, numbersPerSlice } from './parts.ts';
import type { RungName } from './rung.ts';
import type { WorkerFacts, WorkerReply, WorkerTask } from './worker.ts';

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
  /** Batches that were accepted and not answered yet. */
  #accepted = 0;
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

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<TimedEvaluation> {
    if (this.#closing) throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    if (!this.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    if (this.#accepted >= this.info.threads + this.#queueLimit) {
      throw new Failure('queue_full', `${this.#queueLimit} batches are waiting already`, { retryAfterSeconds: 1 });
    }
    this.#accepted += 1;
    try {
      return await this.#evaluateRanges(batch, this.info.threads, options);
    } finally {
      this.#accepted -= 1;
    }
  }

  /** Each thread gets a range of the rows and writes its results where they belong. */
  async #evaluateRanges(
    batch: Batch,
    threads: number,
    { cancellation, memory = freshMemory, arrays = roomForResults(batch, memory) }: EvaluateOptions,
  ): Promise<TimedEvaluation> {
    const start = performance.now();
    const ranges = cutForThreads(batch.layout, threads);
    const tasks = ranges.map((range) =>
      this.#run({ batch: batchOfRange(batch, range), arrays: arraysOfRange(batch, arrays, range) }, cancellation),
    );
    const outcomes = await Promise.all(tasks).catch((error) => {
      memory.abandon(); // Some thread may be at it still.
      throw error;
    });
    const replies = outcomes.map((outcome) => ('notFinite' in outcome ? refuseLogits(batch) : outcome));
    replies.forEach(({ overflow }, i) => {
      if (!overflow) return;
      const before = ranges[i]!.from * numbersPerSlice(batch, overflow.output);
      throw overflowFailure(batch, { ...overflow, position: before + overflow.position });
    });
    const computeMs = Math.max(...replies.map((reply) => reply.computeMs));
    return {
      arrays,
      sums: addParts(
        replies.map((reply) => reply.parts),
        batch.layout.classes,
      ),
      computeMs,
      queueMs: performance.now() - start - computeMs,
    };
  }

  async #run(task: WorkerTask, cancellation?: Cancellation): Promise<Exclude<WorkerReply, { bug: string }>> {
    let reply: WorkerReply;
    try {
      reply = (await this.#pool.run(task, { name: 'evaluate', signal: cancellation ?? null })) as WorkerReply;
    } catch (error) {
      if (cancellation?.aborted) {
        throw new Failure('deadline_exceeded', 'The batch was not evaluated in time', { cause: error });
      }
      throw new Failure('engine_lost', 'The engine thread that had this batch ended; another takes its place', {
        retryAfterSeconds: 1,
        cause: error,
      });
    }
    if ('bug' in reply) throw new Error(`engine thread: ${reply.bug}`);
    return reply;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#pool.close();
  }
}
