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
 * Evaluates a batch, and many settings in chunks of several: the threads' sums of every part for all settings at once would
 * take more memory than the batch. Each chunk uploads the tensors once.
 *
 * @param threads the threads for the next chunk: they may have been replaced since the last one
 */
export async function dispatchInChunks(
  batch: Batch,
  options: DispatchOptions,
  threads: () => EngineThreads,
): Promise<TimedEvaluation> {
  const { settings, lease = unpooledLease() } = options;
  if (settings === undefined) return dispatch(batch, options, threads());
  const sumsPerSetting = batch.layout.classes * SUMS_PER_CLASS;
  const sums = lease.float64(settings.length * sumsPerSetting);
  const settingsPerChunk = Math.max(1, Math.floor(CHUNK_BYTES / (8 * sumsPerSetting * partCount(batch.layout))));
  let queueMs = 0;
  let computeMs = 0;
  for (let first = 0; first < settings.length; first += settingsPerChunk) {
    const chunk = settings.slice(first, first + settingsPerChunk);
    const evaluation = await dispatch(batch, { ...options, settings: chunk }, threads());
    rejectInfiniteSums(batch, evaluation.sums);
    sums.set(evaluation.sums, first * sumsPerSetting);
    queueMs += evaluation.queueMs;
    computeMs += evaluation.computeMs;
  }
  return { arrays: {}, sums, queueMs, computeMs };
}
