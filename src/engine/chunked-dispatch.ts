import { unpooledLease } from '../core/buffer-lease.ts';
import type { Batch } from '../loss/batch.ts';
import { SUMS_PER_CLASS } from '../loss/class-sums.ts';
import { rejectInfiniteSums } from '../loss/overflow.ts';
import { type DispatchOptions, dispatch, type EngineThreads } from './dispatch.ts';
import type { TimedEvaluation } from './engine.ts';
import { partCount } from './tiling.ts';

/** How much the sums of all parts of one chunk may take on their way from the threads. */
const CHUNK_BYTES = 2 ** 25;

/**
 * Evaluates a batch, and many hyperParameters in chunks of several: the threads' sums of every part for all hyperParameters at once would
 * take more memory than the batch. Each chunk uploads the tensors once.
 *
 * @param threads the threads for the next chunk: they may have been replaced since the last one
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
