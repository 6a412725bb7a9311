import { unpooledLease } from '../core/buffer-lease.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import type { Batch } from '../loss/batch.ts';
import { allocateResults, viewTotals } from '../loss/evaluation.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import type { EngineThreads } from './engine-threads.ts';
import type { KernelRates } from './kernel-rates.ts';
import { SlicedEvaluation } from './sliced-evaluation.ts';

export interface DispatchOptions extends EvaluateOptions {
  /** How long a thread may go on after its batch was cancelled. After that it hangs, and is ended. */
  readonly hangTimeoutMs: number;
  readonly rates: KernelRates;
}

/**
 * Evaluates a batch in all threads, which write their results directly into the arrays of the batch.
 *
 * A cancelled batch fails at once. Its threads see the flag and go on to the next batch. Only a thread that hangs is ended,
 * because starting another takes half a second.
 *
 * @param threads returns those for the next slice, because they may have been replaced since the last one
 */
export async function dispatch(
  batch: Batch,
  options: DispatchOptions,
  threads: () => EngineThreads,
): Promise<TimedEvaluation> {
  const { cancellation = new Cancellation(), lease = unpooledLease(), hyperParameters, hangTimeoutMs, rates } = options;
  const { arrays = allocateResults(batch, lease), regionArrays, arrival } = options;
  const start = performance.now();
  const endThreads = new Cancellation();
  const targets = { ...arrays, ...regionArrays };
  const evaluation = new SlicedEvaluation(batch, {
    arrays: targets,
    hyperParameters,
    lease,
    rates,
    endThreads,
    threads,
    arrival,
  });
  const work = lease.holdUntil(evaluation.run());
  const settled = work.then(
    () => {},
    () => {},
  );

  const aborted = new Promise<never>((_, reject) => {
    const abort = () => {
      evaluation.stop();
      const hangTimer = setTimeout(() => endThreads.abort(), hangTimeoutMs);
      void settled.then(() => clearTimeout(hangTimer));
      reject(deadlineExceeded());
    };
    if (cancellation.aborted) abort();
    cancellation.once('abort', abort);
    void settled.then(() => cancellation.off('abort', abort));
  });
  // When one thread fails, the others need not be waited for: whatever they compute is of no use.
  const { totals, computeMs } = await Promise.race([work, evaluation.failed, aborted]);
  return {
    arrays,
    ...(hyperParameters ? { sums: totals } : viewTotals(totals, batch)),
    computeMs,
    queueMs: performance.now() - start - computeMs,
  };
}
