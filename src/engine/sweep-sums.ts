import type { OrderedSums } from './ordered-sums.ts';
import type { IndexRange } from './tiling.ts';

/**
 * Where the threads add up the sums of a sweep's parts while they evaluate it: those of each evaluation are added on their own,
 * because a slice may have some of the evaluations. The rest is that of `OrderedSums`, of one evaluation after the other.
 */
export interface SweepSums extends OrderedSums {
  readonly evaluations: number;
}

/** Views the sums of some evaluations. */
export function sumsOfSlice({ evaluations, totals, partSums, states }: SweepSums, { from, to }: IndexRange): SweepSums {
  const slice = <Numbers extends Float64Array | Int32Array>(numbers: Numbers) => {
    const length = numbers.length / evaluations;
    return numbers.subarray(from * length, to * length) as Numbers;
  };
  return { evaluations: to - from, totals: slice(totals), partSums: slice(partSums), states: slice(states) };
}

export function sumsOfEvaluations(sums: SweepSums): OrderedSums[] {
  return Array.from({ length: sums.evaluations }, (_, i) => sumsOfSlice(sums, { from: i, to: i + 1 }));
}
