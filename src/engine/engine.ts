import type { BufferLease } from '../core/buffer-lease.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Batch } from '../loss/batch.ts';
import type { Evaluation, RegionArrays, StoredArrays } from '../loss/evaluation.ts';
import type { HyperParameterGrid } from '../loss/hyper-parameters.ts';
import type { Arrival } from './arrival.ts';

/** The backend in use, and the result of its self-test. */
export interface EngineInfo {
  /** The backend's name. */
  readonly name: string;
  /** What it computes on, and with which build of the kernels if there are several, for people to read. */
  readonly device: string;
  readonly threads: number;
  /** Of TensorFlow.js and its backend, and of the library and the driver below if they report one. */
  readonly versions: Readonly<Record<string, string>>;
  readonly selfTest: SelfTestReport;
  /** From the first candidate until the last thread was ready. */
  readonly warmUpMs: number;
  /** Backends, and builds of their kernels, that are preferred but were unavailable, in the order tried. */
  readonly skipped: readonly SkippedBackend[];
  readonly inline: InlineInfo;
}

/** The evaluation of small batches in the calling thread; it changes if that fails. */
export interface InlineInfo {
  /** The most elements of such a batch; 0 if threads evaluate all. */
  readonly maxElements: number;
  /** Why threads evaluate all. */
  readonly unavailableReason: string | undefined;
}

export interface SkippedBackend {
  readonly name: string;
  readonly reason: string;
}

export interface SelfTestReport {
  readonly cases: number;
  /** The largest relative error against the float64 reference, of values that are normal float32 numbers. */
  readonly worstRelativeError: number;
  /** The largest error with which a backend may serve. */
  readonly tolerance: number;
}

export interface TimedEvaluation extends Evaluation<Float32Array | Uint16Array> {
  /** Milliseconds of waiting for an engine thread, and of the transfer to it and back. */
  readonly queueMs: number;
  /** Milliseconds in the thread that evaluated the batch. */
  readonly computeMs: number;
}

/** The place of one batch in the queue. */
export interface QueuePlace {
  /** To be called once, when the batch is completed, whatever became of it. */
  leave(): void;
}

export interface EvaluateOptions {
  /** Where the batch is in the queue already; by default it enters it now. */
  readonly place?: QueuePlace;
  readonly cancellation?: Cancellation;
  /** Allocates the results, unless `arrays` is given. Threads hold it while they work, and until they have ended. */
  readonly lease?: BufferLease;
  /** The result of `allocateResults`, if the caller has called it already. */
  readonly arrays?: StoredArrays;
  /** Where results go that lie in regions of shared memory, instead of memory. */
  readonly regionArrays?: RegionArrays | undefined;
  /**
   * What to evaluate the batch with, one after another, instead of its own γ and α. The batch requests no arrays then, and
   * the result's `sums` are `[gammas, alphas, classes, 14]`.
   */
  readonly hyperParameters?: HyperParameterGrid | undefined;
  /**
   * Present if the predictions are still arriving. Such a batch has no place in the queue: its request takes one when all has
   * arrived.
   */
  readonly arrival?: Arrival | undefined;
}

/** What a backend holds between batches. */
export interface BackendUsage {
  /** 0 if the backend can't tell. */
  readonly memoryBytes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** The engine's load, and what the backend holds in all threads together. */
export interface EngineStats extends BackendUsage {
  /** Batches in the queue, which are read, evaluated or written: all that were accepted beyond one per thread. */
  readonly waiting: number;
  /** How many threads have replaced others. */
  readonly restarts: number;
}

/**
 * The interface of whatever evaluates batches. In the calling thread it computes only what would take longer to hand over,
 * and for less than a millisecond.
 */
export interface Engine {
  /** Settles when a backend has passed its self-test; rejects if none is available, or the engine is closed before. */
  readonly ready: Promise<EngineInfo>;
  /** Undefined until `ready`, and while the engine fails over from a lost backend to the next one. */
  readonly info: EngineInfo | undefined;
  /** Whether threads on the CPU have nothing to do, so that a batch that is still arriving may begin. */
  readonly isIdle: boolean;
  /** @throws {ServiceError} as `enterQueue` would now */
  checkCapacity(): void;
  /**
   * Takes a place in the queue for a batch that is yet to be read, since reading it takes time, too.
   *
   * @throws {ServiceError} `shutting_down`, `not_ready`, `engine_unavailable` or `queue_full`
   */
  enterQueue(): QueuePlace;
  /** When the batches that are waiting now may be completed. */
  readonly retryAfterSeconds: number;
  /** Settles, with the reason, when no backend is left or batch after batch fails. The engine is of no use then. */
  readonly failed: Promise<Error>;
  /** May be read at any time; no thread is asked. */
  readonly stats: EngineStats;
  /**
   * Evaluates a small batch that has its place in the queue at once, in the calling thread.
   *
   * @returns undefined if `evaluate` should
   * @throws {ServiceError} as `evaluate` does
   */
  evaluateInline(batch: Batch, options: EvaluateOptions & { readonly place: QueuePlace }): TimedEvaluation | undefined;
  /**
   * @throws {ServiceError} `shutting_down`, `not_ready`, `queue_full`, `deadline_exceeded`, `engine_unavailable`, or
   *   `invalid_request` if a prediction is not valid or a result does not fit its format
   */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<TimedEvaluation>;
  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void>;
}
