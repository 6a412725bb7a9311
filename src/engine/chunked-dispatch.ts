import { unpooledLease } from '../core/buffer-lease.ts';
import type { Batch } from '../loss/batch.ts';
import { SUMS_PER_CLASS } from '../loss/class-sums.ts';
import { rejectInfiniteSums } from '../loss/overflow.ts';
import { dispatch, type Threads } from './dispatch.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import { partCount } from './tiling.ts';

/** The most that the sums of all parts may take on their way from the threads. */
const CHUNK_BYTES = 2 ** 25;

/**
 * Has a batch evaluated; with many hyperparameters, in rounds of several, since the sums of all parts of all evaluations
 * could take more memory than the batch. Each round uploads the batch's tensors once.
 *
 * @param threads who is there for the next round: threads may have been replaced since the last one
 */
export async function dispatchInChunks(
  batch: Batch,
  options: EvaluateOptions,
  threads: () => Threads,
): Promise<TimedEvaluation> {
  const { hyperParameters, lease = unpooledLease() } = options;
  if (hyperParameters === undefined) return dispatch(batch, options, threads());
  const sumsPerEvaluation = batch.layout.classes * SUMS_PER_CLASS;
  const sums = lease.float64(hyperParameters.length * sumsPerEvaluation);
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (8 * sumsPerEvaluation * partCount(batch.layout))));
  let queueMs = 0;
  let computeMs = 0;
  for (let from = 0; from < hyperParameters.length; from += step) {
    const round = await dispatch(
      batch,
      { ...options, hyperParameters: hyperParameters.slice(from, from + step) },
      threads(),
    );
    rejectInfiniteSums(batch, round.sums);
    sums.set(round.sums, from * sumsPerEvaluation);
    queueMs += round.queueMs;
    computeMs += round.computeMs;
  }
  return { arrays: {}, sums, queueMs, computeMs };
}
