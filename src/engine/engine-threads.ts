import type { RunOptions } from '../core/worker-pool.ts';
import type { AddTask, EvaluateReply, EvaluateTask } from './engine-worker.ts';

/** The threads that a batch is divided among. */
export interface EngineThreads {
  readonly count: number;
  /** The fewest parts that keep the device of a thread busy. */
  readonly minParts: number;
  /** @throws {ServiceError} `engine_unavailable` when the thread ended, or what the thread found wrong with the batch */
  evaluate(task: EvaluateTask, options: RunOptions): Promise<EvaluateReply>;
  add(task: AddTask, options: RunOptions): Promise<void>;
}
