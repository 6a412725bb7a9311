import { unpooledLease } from '../core/buffer-lease.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded, threadLost } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { allocateResults, viewTotals } from '../loss/evaluation.ts';
import { overflowError } from '../loss/overflow.ts';
import { rejectLogits } from '../loss/reject-logits.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import type { WorkerReply, WorkerTask } from './engine-worker.ts';
import { addParts } from './kernel.ts';
import { partsForThreads } from './tiling.ts';

/** The threads that a batch is dispatched to. */
export interface Threads {
  readonly threads: number;
  /** @param signal ends the thread that has the task */
  run(task: WorkerTask, signal: Cancellation): Promise<WorkerReply>;
  readonly hangTimeoutMs: number;
}

type Evaluated = Extract<WorkerReply, { parts: Float64Array }>;

/**
 * Has a batch evaluated: each thread gets some of its parts and writes their results where they belong.
 *
 * A batch that is cancelled fails at once. Threads that are at it find out by themselves and go on to the next; only one
 * that does not is ended, since a new one takes half a second.
 */
export async function dispatch(batch: Batch, options: EvaluateOptions, threads: Threads): Promise<TimedEvaluation> {
  const { cancellation = new Cancellation(), lease = unpooledLease(), hyperParameters } = options;
  const { arrays = allocateResults(batch, lease) } = options;
  const start = performance.now();
  const cancelled = lease.int32(1).fill(0);
  const end = new Cancellation();
  const tasks = partsForThreads(batch.layout, threads.threads).map((parts) =>
    threads.run({ batch, parts, ...(hyperParameters && { hyperParameters }), arrays, cancelled }, end),
  );
  const settled = Promise.allSettled(tasks);
  lease.holdUntil(settled);

  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = () => {
      Atomics.store(cancelled, 0, 1);
      const hung = setTimeout(() => {
        lease.quarantine(); // The thread may write until it has ended.
        end.abort();
      }, threads.hangTimeoutMs);
      void settled.then(() => clearTimeout(hung));
      reject(deadlineExceeded());
    };
    if (cancellation.aborted) giveUp();
    cancellation.once('abort', giveUp);
    void settled.then(() => cancellation.off('abort', giveUp));
  });
  const replies = await Promise.race([Promise.all(tasks), givenUp]).catch((cause) => {
    if (cause instanceof ServiceError) throw cause;
    Atomics.store(cancelled, 0, 1);
    throw threadLost(cause);
  });

  const evaluated = replies.map((reply) => checkReply(reply, batch));
  const overflow = evaluated.find((reply) => reply.overflow)?.overflow;
  if (overflow) throw overflowError(batch, overflow);
  const computeMs = Math.max(...evaluated.map((reply) => reply.computeMs));
  const totals = addParts(
    evaluated.map((reply) => reply.parts),
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

function checkReply(reply: WorkerReply, batch: Batch): Evaluated {
  if ('bug' in reply) throw new Error(`engine thread: ${reply.bug}`);
  if ('notFinite' in reply) rejectLogits(batch);
  if ('outOfMemory' in reply) {
    throw new ServiceError(
      'engine_unavailable',
      'The device has no memory left for this batch; others may be using it',
      {
        retryAfterSeconds: 1,
        cause: new Error(reply.outOfMemory),
      },
    );
  }
  if ('cancelled' in reply) throw new Error('an engine thread gave up on a batch that somebody waits for');
  return reply;
}
