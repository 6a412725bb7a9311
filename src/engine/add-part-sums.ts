import type { RunOptions } from '../core/worker-pool.ts';
import type { Batch } from '../loss/batch.ts';
import { totalsLength } from '../loss/evaluation.ts';
import type { EngineThreads } from './engine-threads.ts';
import { addParts } from './kernel.ts';
import { splitRange } from './tiling.ts';

/** To add up more takes longer than a fraction of a millisecond, and is left to the threads. */
const MAX_ADDED_HERE = 2 ** 16;

/** @param totals `[evaluations, totalsLength(batch)]` */
export function areAddedHere(parts: number, totals: Float64Array): boolean {
  return (parts + 1) * totals.length <= MAX_ADDED_HERE;
}

/**
 * Adds up the sums of the parts, in their order.
 *
 * @param partSums `[evaluations, parts, totalsLength(batch)]`, in shared memory like the totals
 * @param totals `[evaluations, totalsLength(batch)]`
 * @param options as of the evaluation
 */
export async function addPartSums(
  partSums: Float64Array,
  { layout, outputs }: Batch,
  totals: Float64Array,
  threads: () => EngineThreads,
  options: Omit<RunOptions, 'estimateMs'>,
): Promise<void> {
  const batch = { layout, outputs };
  if (areAddedHere(partSums.length / totals.length, totals)) {
    addParts(partSums, batch, totals);
    return;
  }
  const { count } = threads();
  const size = totalsLength(batch);
  const estimateMs = partSums.length / count / 1e6;
  await Promise.all(
    splitRange({ from: 0, to: size }, Math.ceil(size / count)).map((range) =>
      threads().add({ partSums, totals, batch, range }, { ...options, estimateMs }),
    ),
  );
}
