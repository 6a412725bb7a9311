import { extname } from 'node:path';
import { notReady, queueFull, shuttingDown } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { type BackendCandidate, backendCandidates } from './backend-candidates.ts';
import type { BackendName } from './backends/backend.ts';
import { dispatchInChunks } from './chunked-dispatch.ts';
import type { Threads } from './dispatch.ts';
import type { Engine, EngineInfo, EngineStats, EvaluateOptions, SkippedBackend, TimedEvaluation } from './engine.ts';
import { type ActiveBackend, selectBackend, startThreads, threadsOptionsOf } from './select-backend.ts';
import { ThroughputEstimate } from './throughput-estimate.ts';

export interface EngineSettings {
  /** `auto` takes the best backend there is. */
  readonly engine: 'auto' | BackendName;
  readonly threads: number;
  /** How many batches may wait for a thread; beyond it they are refused at once. */
  readonly queueLimit: number;
  /** How long a thread may go on after its batch was given up before it is ended: it hangs then. */
  readonly hangTimeoutMs?: number;
}

// Beside this file, with this file's extension: .ts when the sources are run as they stand, .js once built.
const WORKER = new URL(`./engine-worker${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Starts an engine whose batches are evaluated in a pool of worker threads.
 *
 * @param worker what the threads run; another than the usual one is for tests of what happens when it fails
 * @param steps the backends to try; likewise
 */
export function startEngine(
  settings: EngineSettings,
  worker = WORKER,
  steps = backendCandidates(settings.engine),
): Engine {
  return new EnginePool(settings, worker, steps);
}

/** One may be a batch's fault, or the system's; so many without a batch between them are the engine's. */
const MAX_CONSECUTIVE_FAILURES = 10;

const NOTHING_HELD = { memoryBytes: 0, tensors: 0, tensorBytes: 0 };

class EnginePool implements Engine {
  readonly ready: Promise<EngineInfo>;
  readonly failed: Promise<Error>;
  #giveUp: (reason: Error) => void = () => {};
  info: EngineInfo | undefined;
  readonly #threadCount: number;
  readonly #queueLimit: number;
  readonly #hangTimeoutMs: number;
  readonly #throughput = new ThroughputEstimate();
  /** Threads replaced in pools that are gone. */
  #earlierRestarts = 0;
  readonly #worker: string;
  readonly #steps: readonly BackendCandidate[];
  readonly #closing = new AbortController();
  #active: ActiveBackend | undefined;
  /** Why there is no backend any more. */
  #lost: string | undefined;
  /** The replacement of threads that are needsRecycling, or the climb to the next backend. */
  #repair: Promise<void> | undefined;
  /** Batches that were accepted and not answered yet. */
  #accepted = 0;
  #consecutiveFailures = 0;

  constructor(
    { threads, queueLimit, hangTimeoutMs = 10_000 }: EngineSettings,
    worker: string,
    steps: readonly BackendCandidate[],
  ) {
    this.#threadCount = threads;
    this.#queueLimit = queueLimit;
    this.#hangTimeoutMs = hangTimeoutMs;
    this.failed = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.#worker = worker;
    this.#steps = steps;
    this.ready = this.#selectBackend(steps, []);
    this.ready.catch(() => {}); // Whoever asks is told; that nobody does is no reason to end the process.
  }

  async #selectBackend(steps: readonly BackendCandidate[], before: readonly SkippedBackend[]): Promise<EngineInfo> {
    const start = performance.now();
    const options = { threads: this.#threadCount, worker: this.#worker, signal: this.#closing.signal };
    const active = await selectBackend(steps, options);
    this.#activate(active);
    this.info = {
      name: active.step.name,
      threads: active.threadCount,
      warmUpMs: performance.now() - start,
      ...active.facts,
      skipped: [...before, ...active.skipped],
    };
    return this.info;
  }

  #activate(active: ActiveBackend): void {
    this.#earlierRestarts += this.#active?.threads.metrics.restarts ?? 0;
    this.#active = active;
    active.threads.watch((reason) => this.#repairBy(() => this.#failOver(active, reason)));
  }

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<TimedEvaluation> {
    this.checkCapacity();
    this.#accepted += 1;
    try {
      const evaluation = await dispatchInChunks(batch, options, () => this.#threads());
      this.#consecutiveFailures = 0;
      return evaluation;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'engine_unavailable') this.#countFailure(error);
      throw error;
    } finally {
      this.#accepted -= 1;
      this.#throughput.completed(this.#accepted > 0);
    }
  }

  /** The threads that serve now. */
  #threads(): Threads {
    if (!this.#active) {
      throw new ServiceError('engine_unavailable', 'The engine was lost; another takes its place', {
        retryAfterSeconds: 1,
      });
    }
    const { threads, threadCount } = this.#active;
    return {
      threads: threadCount,
      hangTimeoutMs: this.#hangTimeoutMs,
      run: async (task, signal) => {
        const reply = await threads.run(task, signal);
        if ('needsRecycling' in reply && !this.#repair) this.#repairBy(() => this.#recycle(this.#active!));
        return reply;
      },
    };
  }

  checkCapacity(): void {
    if (this.#closing.signal.aborted) throw shuttingDown();
    if (this.#lost !== undefined) throw new ServiceError('engine_unavailable', this.#lost, { retryAfterSeconds: 1 });
    if (!this.info) throw notReady();
    if (this.#accepted >= this.info.threads + this.#queueLimit)
      throw queueFull(this.#queueLimit, this.retryAfterSeconds);
  }

  get retryAfterSeconds(): number {
    return this.#throughput.secondsFor(this.#accepted);
  }

  get stats(): EngineStats {
    const { restarts = 0, usage = NOTHING_HELD } = this.#active?.threads.metrics ?? {};
    const waiting = Math.max(0, this.#accepted - (this.info?.threads ?? 0));
    return { waiting, restarts: this.#earlierRestarts + restarts, ...usage };
  }

  #countFailure(reason: Error): void {
    this.#consecutiveFailures += 1;
    if (this.#consecutiveFailures >= MAX_CONSECUTIVE_FAILURES) this.#giveUp(reason);
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
  async #recycle(active: ActiveBackend): Promise<void> {
    const options = { threads: this.#threadCount, worker: this.#worker };
    // If there can't be new ones, the next reply asks again: the old ones last for as many batches as they have done.
    const next = await startThreads(threadsOptionsOf(active.step, options), this.#closing.signal).catch(
      () => undefined,
    );
    if (!next) return;
    this.#activate({ ...active, ...next });
    await active.threads.close();
  }

  /** The next backend takes over from one whose threads can't be replaced. */
  async #failOver({ step, threads }: ActiveBackend, { message }: Error): Promise<void> {
    if (this.#active?.threads !== threads) return; // Spent ones, which have been replaced already.
    const reason = `it was lost while serving: ${message}`;
    const skipped = [...(this.info?.skipped ?? []), { name: step.name, reason }];
    this.info = undefined;
    this.#earlierRestarts += threads.metrics.restarts;
    this.#active = undefined;
    threads.destroy();
    const rest = this.#steps.slice(this.#steps.indexOf(step) + 1);
    await this.#selectBackend(rest, skipped).catch((failure: Error) => {
      this.#lost = [`engine "${step.name}": ${reason}`, failure.message].filter(Boolean).join('; ');
      this.#giveUp(new Error(this.#lost));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the engine was closed'));
    await this.ready.catch(() => {});
    await this.#repair;
    await this.#active?.threads.close();
  }
}
