import { unpooledLease } from '../core/buffer-lease.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { SUMS_PER_CLASS } from '../loss/class-sums.ts';
import { allocateResults, viewTotals } from '../loss/evaluation.ts';
import { overflowError, rejectInfiniteSums } from '../loss/overflow.ts';
import { rejectLogits } from '../loss/reject-logits.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import type { EvaluatedParts, EvaluateReply, EvaluateTask } from './engine-worker.ts';
import { addParts } from './kernel.ts';
import { partCount, partsForThreads } from './tiling.ts';

/** The threads that a batch is divided among. */
export interface EngineThreads {
  readonly count: number;
  /**
   * @param cancellation ends the thread that runs the task
   * @throws {ServiceError} `engine_unavailable` when the thread ended
   */
  evaluate(task: EvaluateTask, cancellation: Cancellation): Promise<EvaluateReply>;
}

export interface DispatchOptions extends EvaluateOptions {
  /** How long a thread may go on after its batch was cancelled. After that it hangs, and is ended. */
  readonly hangTimeoutMs: number;
}

/**
 * Evaluates a batch: each thread gets some of its parts, and writes their results directly into the arrays of the batch.
 *
 * A cancelled batch fails at once. Its threads see the flag and go on to the next batch. Only a thread that hangs is ended,
 * because starting another takes half a second.
 */
export async function dispatch(
  batch: Batch,
  options: DispatchOptions,
  threads: EngineThreads,
): Promise<TimedEvaluation> {
  const { cancellation = new Cancellation(), lease = unpooledLease(), hyperParameters, hangTimeoutMs } = options;
  const { arrays = allocateResults(batch, lease) } = options;
  const start = performance.now();
  const cancelled = lease.int32(1).fill(0);
  const endThreads = new Cancellation();
  const tasks = partsForThreads(batch.layout, threads.count).map((parts) =>
    threads.evaluate({ batch, parts, ...(hyperParameters && { hyperParameters }), arrays, cancelled }, endThreads),
  );
  const settled = lease.holdUntil(Promise.allSettled(tasks));

  const aborted = new Promise<never>((_, reject) => {
    const abort = () => {
      const hangTimer = setTimeout(() => {
        lease.quarantine(); // The thread may write there until it has ended.
        endThreads.abort();
      }, hangTimeoutMs);
      void settled.then(() => clearTimeout(hangTimer));
      reject(deadlineExceeded());
    };
    if (cancellation.aborted) abort();
    cancellation.once('abort', abort);
    void settled.then(() => cancellation.off('abort', abort));
  });
  const replies = await Promise.race([Promise.all(tasks), aborted]).catch((error) => {
    Atomics.store(cancelled, 0, 1); // Whatever the other threads compute is of no use.
    throw error;
  });

  const evaluated = replies.map((reply) => checkReply(reply, batch));
  const overflow = evaluated.find((reply) => reply.overflow)?.overflow;
  if (overflow) throw overflowError(batch, overflow);
  const computeMs = Math.max(...evaluated.map((reply) => reply.computeMs));
  const totals = addParts(
    evaluated.map((reply) => reply.partSums),
    batch,
    hyperParameters?.length,
  );
  return {
    arrays,
    ...(hyperParameters ? { sums: totals } : viewTotals(totals, batch.layout.classes)),
    computeMs,
    queueMs: performance.now() - start - computeMs,
  };
}

function checkReply(reply: EvaluateReply, batch: Batch): EvaluatedParts {
  if ('notFinite' in reply) rejectLogits(batch);
  if ('cancelled' in reply) throw new Error('an engine thread abandoned a batch that was not cancelled');
  if ('outOfMemory' in reply) {
    const message = 'The device has no memory left for this batch; other processes may be using it';
    const cause = new Error(reply.outOfMemory);
    throw new ServiceError('engine_unavailable', message, { retryAfterSeconds: 1, cause });
  }
  return reply;
}

/** How much the sums of all parts of one chunk may take on their way from the threads. */
const CHUNK_BYTES = 2 ** 25;

/**
 * Evaluates a batch, and many hyperparameters in chunks of several: the sums of every part for all of them at once could take
 * more memory than the batch. Each chunk uploads the tensors once.
 *
 * @param threads returns the threads for the next chunk, because they may have been replaced since the last one
 */
export async function dispatchInChunks(
  batch: Batch,
  options: DispatchOptions,
  threads: () => EngineThreads,
): Promise<TimedEvaluation> {
  const { hyperParameters, lease = unpooledLease() } = options;
  if (hyperParameters === undefined) return dispatch(batch, options, threads());
  const sumsPerEvaluation = batch.layout.classes * SUMS_PER_CLASS;
  const sums = lease.float64(hyperParameters.length * sumsPerEvaluation);
  const evaluationsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / (8 * sumsPerEvaluation * partCount(batch.layout))));
  let queueMs = 0;
  let computeMs = 0;
  for (let first = 0; first < hyperParameters.length; first += evaluationsPerChunk) {
    const chunk = hyperParameters.slice(first, first + evaluationsPerChunk);
    const evaluation = await dispatch(batch, { ...options, hyperParameters: chunk }, threads());
    rejectInfiniteSums(batch, evaluation.sums);
    sums.set(evaluation.sums, first * sumsPerEvaluation);
    queueMs += evaluation.queueMs;
    computeMs += evaluation.computeMs;
  }
  return { arrays: {}, sums, queueMs, computeMs };
}
