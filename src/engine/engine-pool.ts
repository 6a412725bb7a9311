import { extname } from 'node:path';
import { Failure } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { type Step, stepsOf } from './backend-candidates.ts';
import type { RungName } from './backends/backend.ts';
import { dispatchInRounds } from './chunked-dispatch.ts';
import type { Crew } from './dispatch.ts';
import type { Engine, EngineInfo, EngineStats, EvaluateOptions, PassedOver, TimedEvaluation } from './engine.ts';
import { admitted, climb, type Foothold, threadsOptionsOf } from './select-backend.ts';
import { Pace } from './throughput-estimate.ts';

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
const WORKER = new URL(`./engine-worker${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Starts an engine whose batches are evaluated in a pool of worker threads.
 *
 * @param worker what the threads run; another than the usual one is for tests of what happens when it fails
 * @param steps the rungs to try; likewise
 */
export function startEngine(settings: EngineSettings, worker = WORKER, steps = stepsOf(settings.engine)): Engine {
  return new WorkerPool(settings, worker, steps);
}

/** One may be a batch's fault, or the system's; so many without a batch between them are the engine's. */
const MAX_DEATHS_IN_A_ROW = 10;

const NOTHING_HELD = { memoryBytes: 0, tensors: 0, tensorBytes: 0 };

class WorkerPool implements Engine {
  readonly ready: Promise<EngineInfo>;
  readonly failed: Promise<Error>;
  #giveUp: (reason: Error) => void = () => {};
  info: EngineInfo | undefined;
  readonly #threadCount: number;
  readonly #queueLimit: number;
  readonly #hungAfterMs: number;
  readonly #pace = new Pace();
  /** Threads replaced in pools that are gone. */
  #earlierRestarts = 0;
  readonly #worker: string;
  readonly #steps: readonly Step[];
  readonly #closing = new AbortController();
  #foothold: Foothold | undefined;
  /** Why there is no rung any more. */
  #lost: string | undefined;
  /** The replacement of threads that are spent, or the climb to the next rung. */
  #repair: Promise<void> | undefined;
  /** Batches that were accepted and not answered yet. */
  #accepted = 0;
  #deaths = 0;

  constructor({ threads, queueLimit, hungAfterMs = 10_000 }: EngineSettings, worker: string, steps: readonly Step[]) {
    this.#threadCount = threads;
    this.#queueLimit = queueLimit;
    this.#hungAfterMs = hungAfterMs;
    this.failed = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.#worker = worker;
    this.#steps = steps;
    this.ready = this.#climb(steps, []);
    this.ready.catch(() => {}); // Whoever asks is told; that nobody does is no reason to end the process.
  }

  async #climb(steps: readonly Step[], before: readonly PassedOver[]): Promise<EngineInfo> {
    const start = performance.now();
    const options = { threads: this.#threadCount, worker: this.#worker, signal: this.#closing.signal };
    const foothold = await climb(steps, options);
    this.#stand(foothold);
    this.info = {
      name: foothold.step.name,
      threads: foothold.threadCount,
      warmUpMs: performance.now() - start,
      ...foothold.facts,
      passedOver: [...before, ...foothold.passedOver],
    };
    return this.info;
  }

  #stand(foothold: Foothold): void {
    this.#earlierRestarts += this.#foothold?.threads.ledger.restarts ?? 0;
    this.#foothold = foothold;
    foothold.threads.watch((reason) => this.#repairBy(() => this.#leave(foothold, reason)));
  }

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<TimedEvaluation> {
    if (this.#closing.signal.aborted) {
      throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    }
    if (this.#lost !== undefined) throw new Failure('engine_lost', this.#lost, { retryAfterSeconds: 1 });
    if (!this.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    if (this.full) {
      throw new Failure('queue_full', `${this.#queueLimit} batches are waiting already`, {
        retryAfterSeconds: this.retryAfterSeconds,
      });
    }
    this.#accepted += 1;
    try {
      const evaluation = await dispatchInRounds(batch, options, () => this.#crew());
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

  /** The threads that serve now. */
  #crew(): Crew {
    if (!this.#foothold) {
      throw new Failure('engine_lost', 'The engine was lost; another takes its place', { retryAfterSeconds: 1 });
    }
    const { threads, threadCount } = this.#foothold;
    return {
      threads: threadCount,
      hungAfterMs: this.#hungAfterMs,
      run: async (task, signal) => {
        const reply = await threads.run(task, signal);
        if ('spent' in reply && !this.#repair) this.#repairBy(() => this.#replaceSpent(this.#foothold!));
        return reply;
      },
    };
  }

  get full(): boolean {
    return this.info !== undefined && this.#accepted >= this.info.threads + this.#queueLimit;
  }

  get retryAfterSeconds(): number {
    return this.#pace.secondsFor(this.#accepted);
  }

  get stats(): EngineStats {
    const { restarts = 0, usage = NOTHING_HELD } = this.#foothold?.threads.ledger ?? {};
    const waiting = Math.max(0, this.#accepted - (this.info?.threads ?? 0));
    return { waiting, restarts: this.#earlierRestarts + restarts, ...usage };
  }

  #countDeath(reason: Error): void {
    this.#deaths += 1;
    if (this.#deaths >= MAX_DEATHS_IN_A_ROW) this.#giveUp(reason);
  }

  /** One after another. */
  #repairBy(repair: () => Promise<void>): void {
    if (this.#closing.signal.aborted) return;
    const done = (this.#repair ?? Promise.resolve()).then(repair).finally(() => {
      if (this.#repair === done) this.#repair = undefined;
    });
    this.#repair = done;
  }

  /** New threads take over while the old ones finish what they have, so that no batch is lost. */
  async #replaceSpent(foothold: Foothold): Promise<void> {
    const options = { threads: this.#threadCount, worker: this.#worker };
    // If there can't be new ones, the next reply asks again: the old ones last for as many batches as they have done.
    const next = await admitted(threadsOptionsOf(foothold.step, options), this.#closing.signal).catch(() => undefined);
    if (!next) return;
    this.#stand({ ...foothold, ...next });
    await foothold.threads.close();
  }

  /** The next rung takes over from one whose threads can't be replaced. */
  async #leave({ step, threads }: Foothold, { message }: Error): Promise<void> {
    if (this.#foothold?.threads !== threads) return; // Spent ones, which have been replaced already.
    const reason = `it was lost while serving: ${message}`;
    const passedOver = [...(this.info?.passedOver ?? []), { name: step.name, reason }];
    this.info = undefined;
    this.#earlierRestarts += threads.ledger.restarts;
    this.#foothold = undefined;
    threads.destroy();
    const rest = this.#steps.slice(this.#steps.indexOf(step) + 1);
    await this.#climb(rest, passedOver).catch((failure: Error) => {
      this.#lost = [`engine "${step.name}": ${reason}`, failure.message].filter(Boolean).join('; ');
      this.#giveUp(new Error(this.#lost));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the engine was closed'));
    await this.ready.catch(() => {});
    await this.#repair;
    await this.#foothold?.threads.close();
  }
}
