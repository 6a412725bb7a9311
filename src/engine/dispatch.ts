import { freshMemory } from '../core/buffer-pool.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Failure } from '../core/service-error.ts';
import type { Batch } from '../loss/batch.ts';
import { roomForResults, viewTotals } from '../loss/evaluation.ts';
import { overflowFailure } from '../loss/overflow.ts';
import { refuseLogits } from '../loss/reject-logits.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import type { WorkerReply, WorkerTask } from './engine-worker.ts';
import { addParts } from './kernel.ts';
import { partsForThreads } from './tiling.ts';

/** The threads that a batch is dispatched to. */
export interface Crew {
  readonly threads: number;
  /** @param signal ends the thread that has the task */
  run(task: WorkerTask, signal: Cancellation): Promise<WorkerReply>;
  readonly hungAfterMs: number;
}

type Evaluated = Extract<WorkerReply, { parts: Float64Array }>;

/**
 * Has a batch evaluated: each thread gets some of its parts and writes their results where they belong.
 *
 * A batch that is cancelled fails at once. Threads that are at it find out by themselves and go on to the next; only one
 * that does not is ended, since a new one takes half a second.
 */
export async function dispatch(batch: Batch, options: EvaluateOptions, crew: Crew): Promise<TimedEvaluation> {
  const { cancellation = new Cancellation(), memory = freshMemory, settings } = options;
  const { arrays = roomForResults(batch, memory) } = options;
  const start = performance.now();
  const cancelled = memory.int32(1).fill(0);
  const end = new Cancellation();
  const tasks = partsForThreads(batch.layout, crew.threads).map((parts) =>
    crew.run({ batch, parts, ...(settings && { settings }), arrays, cancelled }, end),
  );
  const settled = Promise.allSettled(tasks);
  memory.keepFor(settled);

  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = () => {
      Atomics.store(cancelled, 0, 1);
      const hung = setTimeout(() => {
        memory.abandon(); // A thread writes until it has ended.
        end.abort();
      }, crew.hungAfterMs);
      void settled.then(() => clearTimeout(hung));
      reject(new Failure('deadline_exceeded', 'The batch was not evaluated in time'));
    };
    if (cancellation.aborted) giveUp();
    cancellation.once('abort', giveUp);
    void settled.then(() => cancellation.off('abort', giveUp));
  });
  const replies = await Promise.race([Promise.all(tasks), givenUp]).catch((cause) => {
    if (cause instanceof Failure) throw cause;
    Atomics.store(cancelled, 0, 1);
    throw new Failure('engine_lost', 'The engine thread that had this batch ended; another takes its place', {
      retryAfterSeconds: 1,
      cause,
    });
  });

  const evaluated = replies.map((reply) => checkReply(reply, batch));
  const overflow = evaluated.find((reply) => reply.overflow)?.overflow;
  if (overflow) throw overflowFailure(batch, overflow);
  const computeMs = Math.max(...evaluated.map((reply) => reply.computeMs));
  const totals = addParts(
    evaluated.map((reply) => reply.parts),
    batch,
    settings?.length,
  );
  return {
    arrays,
    ...(settings ? { sums: totals } : viewTotals(totals, batch.layout.classes)),
    computeMs,
    queueMs: performance.now() - start - computeMs,
  };
}

function checkReply(reply: WorkerReply, batch: Batch): Evaluated {
  if ('bug' in reply) throw new Error(`engine thread: ${reply.bug}`);
  if ('notFinite' in reply) refuseLogits(batch);
  if ('outOfMemory' in reply) {
    throw new Failure('engine_lost', 'The device has no memory left for this batch; others may be using it', {
      retryAfterSeconds: 1,
      cause: new Error(reply.outOfMemory),
    });
  }
  if ('cancelled' in reply) throw new Error('an engine thread gave up on a batch that somebody waits for');
  return reply;
}
