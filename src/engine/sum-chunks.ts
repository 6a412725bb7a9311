import type { BufferLease } from '../core/buffer-lease.ts';
import type { EvaluateTask } from './engine-worker.ts';
import { countStates } from './ordered-sums.ts';
import type { IndexRange } from './tiling.ts';

/** How much the sums of all parts may take until they are added. */
const CHUNK_BYTES = 2 ** 24;

/** Some of the evaluations, one chunk after the other: the sums of all of their parts use the same memory. */
export interface SumChunk {
  readonly evaluations: IndexRange;
  /** Of these evaluations. */
  readonly totals: Float64Array;
  readonly sums: Pick<EvaluateTask, 'sweepSums'> & { readonly partSums: Float64Array };
}

/**
 * @param totals of all evaluations
 * @param areAddedInThreads whether the chunks have `sweepSums`
 */
export function* sumChunks(
  totals: Float64Array,
  { evaluations, parts }: { readonly evaluations: number; readonly parts: number },
  areAddedInThreads: boolean,
  lease: BufferLease,
): Generator<SumChunk> {
  const size = totals.length / evaluations;
  const perChunk = Math.max(1, Math.min(evaluations, Math.floor(CHUNK_BYTES / (8 * size * parts))));
  const partSums = lease.float64(perChunk * parts * size);
  const states = areAddedInThreads ? lease.int32(perChunk * countStates(parts)) : undefined;
  for (let from = 0; from < evaluations; from += perChunk) {
    const to = Math.min(from + perChunk, evaluations);
    const chunk = { evaluations: to - from, totals: totals.subarray(from * size, to * size) };
    const sums = { partSums: partSums.subarray(0, chunk.evaluations * parts * size) };
    const sweepSums = states && {
      ...chunk,
      ...sums,
      states: states.subarray(0, chunk.evaluations * countStates(parts)).fill(0),
    };
    yield { evaluations: { from, to }, totals: chunk.totals, sums: { ...sums, ...(sweepSums && { sweepSums }) } };
  }
}
