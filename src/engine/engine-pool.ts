import { extname } from 'node:path';
import { notReady, queueFull, shuttingDown } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { type BackendCandidate, backendCandidates } from './backend-candidates.ts';
import { BackendSupervisor } from './backend-supervisor.ts';
import type { BackendThreads } from './backend-threads.ts';
import type { BackendName } from './backends/backend.ts';
import { dispatch } from './dispatch.ts';
import type { Engine, EngineInfo, EngineStats, EvaluateOptions, QueuePlace, TimedEvaluation } from './engine.ts';
import { evaluateEmpty } from './evaluate-empty.ts';
import { startInlineBackend } from './inline-evaluation.ts';
import { KernelRates } from './kernel-rates.ts';
import type { SelectOptions } from './select-backend.ts';
import { ThroughputEstimate } from './throughput-estimate.ts';

export interface EngineSettings {
  /** `auto` selects the fastest backend that is available. */
  readonly engine: 'auto' | BackendName;
  readonly threads: number;
  /** How many batches may be in the queue beyond one for each thread; further ones are rejected. */
  readonly queueLimit: number;
  /** How long a thread may go on after its batch was cancelled. After that it hangs, and is ended. */
  readonly hangTimeoutMs?: number;
}

// Beside this file, with this file's extension: .ts when the sources run as they are, .js once built.
const WORKER = new URL(`./engine-worker${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Starts an engine that evaluates batches in a pool of worker threads.
 *
 * @param worker URL of the worker module; tests replace it by one that fails
 * @param candidates the backends to try; likewise
 * @param startInline starts a backend in this thread, for small batches. Another worker has to get all batches
 */
export function startEngine(
  settings: EngineSettings,
  worker = WORKER,
  candidates = backendCandidates(settings.engine),
  startInline = worker === WORKER ? startInlineBackend : undefined,
): Engine {
  const { threads } = settings;
  return new EnginePool(settings, { threads, worker, startInline }, candidates);
}

/** One failure may be due to its batch or to the system. So many without a success in between are the engine's fault. */
const MAX_CONSECUTIVE_FAILURES = 10;

/** Accepts batches up to the queue limit, and dispatches them to the threads of the active backend. */
class EnginePool implements Engine {
  readonly failed: Promise<Error>;
  readonly #fail: (reason: Error) => void;
  readonly #supervisor: BackendSupervisor;
  readonly #queueLimit: number;
  readonly #hangTimeoutMs: number;
  readonly #throughput = new ThroughputEstimate();
  readonly #rates = new KernelRates();
  readonly #evaluations = new Set<Promise<unknown>>();
  /** Batches that were accepted and are not completed. */
  #accepted = 0;
  #consecutiveFailures = 0;

  constructor(settings: EngineSettings, options: SelectOptions, candidates: readonly BackendCandidate[]) {
    const { queueLimit, hangTimeoutMs = 10_000 } = settings;
    this.#queueLimit = queueLimit;
    this.#hangTimeoutMs = hangTimeoutMs;
    let fail = (_reason: Error) => {};
    this.failed = new Promise((resolve) => {
      fail = resolve;
    });
    this.#fail = fail;
    this.#supervisor = new BackendSupervisor(candidates, options, fail);
  }

  get ready(): Promise<EngineInfo> {
    return this.#supervisor.ready;
  }

  get info(): EngineInfo | undefined {
    return this.#supervisor.info;
  }

  get isIdle(): boolean {
    return this.#accepted === 0 && this.#supervisor.hasCpuThreads;
  }

  enterQueue(): QueuePlace {
    this.checkCapacity();
    this.#accepted += 1;
    return {
      leave: () => {
        this.#accepted -= 1;
        this.#throughput.completed(this.#accepted > 0);
      },
    };
  }

  evaluateInline(batch: Batch, options: EvaluateOptions): TimedEvaluation | undefined {
    this.#checkServing();
    return evaluateEmpty(batch, options) ?? this.#supervisor.inline?.evaluate(batch, options);
  }

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<TimedEvaluation> {
    this.#checkServing();
    if (options.arrival) return evaluateEmpty(batch, options) ?? this.#evaluateInThreads(batch, options);
    const place = options.place ?? this.enterQueue();
    try {
      return this.evaluateInline(batch, options) ?? (await this.#evaluateInThreads(batch, options));
    } finally {
      if (!options.place) place.leave();
    }
  }

  async #evaluateInThreads(batch: Batch, options: EvaluateOptions): Promise<TimedEvaluation> {
    const dispatchOptions = { ...options, hangTimeoutMs: this.#hangTimeoutMs, rates: this.#rates };
    const wasAlone = this.#accepted === 1;
    const evaluation = dispatch(batch, dispatchOptions, () => this.#threads());
    this.#evaluations.add(evaluation);
    try {
      const result = await evaluation;
      this.#consecutiveFailures = 0;
      this.#supervisor.inline?.observe(batch, result, wasAlone && this.#accepted === 1);
      return result;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'engine_unavailable') this.#countConsecutiveFailure(error);
      throw error;
    } finally {
      this.#evaluations.delete(evaluation);
    }
  }

  checkCapacity(): void {
    const { threads } = this.#checkServing();
    if (this.#accepted >= threads + this.#queueLimit) throw queueFull(this.#queueLimit, this.retryAfterSeconds);
  }

  #checkServing(): EngineInfo {
    const { isClosing, unavailableReason, info } = this.#supervisor;
    if (isClosing) throw shuttingDown();
    if (unavailableReason !== undefined) throw engineUnavailable(unavailableReason);
    if (!info) throw notReady();
    return info;
  }

  get retryAfterSeconds(): number {
    return this.#throughput.secondsFor(this.#accepted);
  }

  get stats(): EngineStats {
    const waiting = Math.max(0, this.#accepted - (this.info?.threads ?? 0));
    return { waiting, ...this.#supervisor.stats };
  }

  close(): Promise<void> {
    return this.#supervisor.close(() => Promise.allSettled(this.#evaluations));
  }

  /** The threads that serve now. They may have been lost since the batch was accepted. */
  #threads(): BackendThreads {
    const { threads } = this.#supervisor;
    if (!threads) throw engineUnavailable('The backend was lost; the engine is failing over to the next one');
    return threads;
  }

  #countConsecutiveFailure(reason: Error): void {
    this.#consecutiveFailures += 1;
    if (this.#consecutiveFailures >= MAX_CONSECUTIVE_FAILURES) this.#fail(reason);
  }
}

function engineUnavailable(message: string): ServiceError {
  return new ServiceError('engine_unavailable', message, { retryAfterSeconds: 1 });
}
