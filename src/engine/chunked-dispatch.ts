import { freshMemory } from '../core/buffer-pool.ts';
import { viewFloats } from '../core/float-format.ts';
import type { Batch } from '../loss/batch.ts';
import { SUMS_PER_CLASS } from '../loss/class-sums.ts';
import { refuseInfiniteSums } from '../loss/overflow.ts';
import { type Crew, dispatch } from './dispatch.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';
import { partCount } from './tiling.ts';

/** The most that the sums of all parts may take on their way from the threads. */
const ROUND_BYTES = 2 ** 25;

/**
 * Has a batch evaluated, with many settings in rounds of several: the threads' sums, part by part, would take more memory
 * than the batch. A round uploads its tensors once.
 *
 * @param crew who is there for the next round: threads may have been replaced since the last one
 */
export async function dispatchInRounds(
  batch: Batch,
  options: EvaluateOptions,
  crew: () => Crew,
): Promise<TimedEvaluation> {
  const { settings, memory = freshMemory } = options;
  if (settings === undefined) return dispatch(batch, options, crew());
  const perSetting = batch.layout.classes * SUMS_PER_CLASS;
  const sums = viewFloats('F64', memory.bytes(8 * settings.length * perSetting)) as Float64Array;
  const step = Math.max(1, Math.floor(ROUND_BYTES / (8 * perSetting * partCount(batch.layout))));
  let queueMs = 0;
  let computeMs = 0;
  for (let from = 0; from < settings.length; from += step) {
    const round = await dispatch(batch, { ...options, settings: settings.slice(from, from + step) }, crew());
    refuseInfiniteSums(batch, round.sums);
    sums.set(round.sums, from * perSetting);
    queueMs += round.queueMs;
    computeMs += round.computeMs;
  }
  return { arrays: {}, sums, queueMs, computeMs };
}
