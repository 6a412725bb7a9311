import type { BufferLease } from '../core/buffer-lease.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Batch } from '../loss/batch.ts';
import type { Evaluation, StoredArrays } from '../loss/evaluation.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';

/** Where the engine runs and how it proved itself. */
export interface EngineInfo {
  /** The backend in use. */
  readonly name: string;
  /** What it computes on, in words. */
  readonly device: string;
  readonly threads: number;
  /** Of TensorFlow.js, its backend, and the library and driver below where they tell. */
  readonly versions: Readonly<Record<string, string>>;
  readonly selfTest: SelfTestReport;
  /** From the first look at a backend to the readiness of the last thread. */
  readonly warmUpMs: number;
  /** Backends that `auto` would rather have had, in the order tried. */
  readonly skipped: readonly SkippedBackend[];
}

export interface SkippedBackend {
  readonly name: string;
  readonly reason: string;
}

export interface SelfTestReport {
  readonly cases: number;
  /** The worst relative error against the float64 reference, where that is a normal float32. */
  readonly worstRelativeError: number;
  /** The error above which the backend would have been refused. */
  readonly tolerance: number;
}

export interface TimedEvaluation extends Evaluation<Float32Array | Uint16Array> {
  /** Milliseconds waiting for an engine thread and travelling to it and back. */
  readonly queueMs: number;
  /** Milliseconds in the engine thread. */
  readonly computeMs: number;
}

export interface EvaluateOptions {
  readonly cancellation?: Cancellation;
  /** Where results are allocated, unless `arrays` says. Threads hold it while they work; one that hangs has it quarantined. */
  readonly lease?: BufferLease;
  /** What `allocateResults` would make, made by the caller. */
  readonly arrays?: StoredArrays;
  /**
   * γ and α that replace the batch's own, one evaluation for each; the batch must request no arrays. The result's `sums`
   * are then those of each evaluation, `[hyperParameters, classes, 14]`.
   */
  readonly hyperParameters?: readonly HyperParameters[];
}

/** What the engine is at, and what it holds. */
export interface EngineStats {
  /** Batches that wait: those accepted beyond one for each thread. */
  readonly waiting: number;
  /** Threads that took the place of one that ended. */
  readonly restarts: number;
  /** Of the backend, in all threads together. */
  readonly memoryBytes: number;
  /** That threads hold between batches. */
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** The port between the service and whatever computes. It never computes on the calling thread. */
export interface Engine {
  /** Settles when the engine has been warmed and self-tested; rejects if it can't be had, or is closed before. */
  readonly ready: Promise<EngineInfo>;
  /** Undefined until `ready`, and while a lost backend is replaced by the next one. */
  readonly info: EngineInfo | undefined;
  /** @throws {ServiceError} as `evaluate` would now: `shutting_down`, `not_ready`, `engine_unavailable` or `queue_full` */
  checkCapacity(): void;
  /** When those that are waiting now may be done. */
  readonly retryAfterSeconds: number;
  /** Settles when threads die as fast as they are replaced, with the reason. The engine is of no use then. */
  readonly failed: Promise<Error>;
  /** Read at any time, without asking a thread. */
  readonly stats: EngineStats;
  /**
   * @throws {ServiceError} `not_ready`, `queue_full`, `deadline_exceeded`, `engine_unavailable`, or `invalid_request` where
   *   a logit is not finite or a result does not fit its format
   */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<TimedEvaluation>;
  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void>;
}
