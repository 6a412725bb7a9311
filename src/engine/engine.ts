import type { Batch } from '../loss/batch.ts';
import type { Evaluation } from '../loss/evaluation.ts';
import type { Memory } from '../loss/memory.ts';
import type { Cancellation } from './cancellation.ts';

/** Where the engine runs and how it proved itself. */
export interface EngineInfo {
  /** The rung in use. */
  readonly name: string;
  /** What it computes on, in words. */
  readonly device: string;
  readonly threads: number;
  /** TensorFlow.js and backend versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly selfTest: SelfTestReport;
  /** From the start of the process's first worker to the last one's readiness. */
  readonly warmUpMs: number;
}

export interface SelfTestReport {
  readonly cases: number;
  /** The worst relative error against the float64 definition, where that is a normal float32. */
  readonly worstRelativeError: number;
  /** The error above which the rung would have been refused. */
  readonly tolerance: number;
}

export interface TimedEvaluation extends Evaluation {
  /** Milliseconds waiting for an engine thread and travelling to it and back. */
  readonly queueMs: number;
  /** Milliseconds in the engine thread. */
  readonly computeMs: number;
}

export interface EvaluateOptions {
  readonly cancellation?: Cancellation;
  /** Where the results go. It is abandoned if a thread that had it was given up or lost. */
  readonly memory?: Memory;
}

/** The port between the service and whatever computes. It never computes on the calling thread. */
export interface Engine {
  /** Settles when the engine has been warmed and self-tested; rejects if it can't be had. */
  readonly ready: Promise<EngineInfo>;
  /** Undefined until `ready`. */
  readonly info: EngineInfo | undefined;
  /**
   * @throws {Failure} `not_ready`, `queue_full`, `deadline_exceeded`, `engine_lost`, or `invalid_request` where a
   *   result does not fit a float32
   */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<TimedEvaluation>;
  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void>;
}
