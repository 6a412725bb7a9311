/** How many observations a histogram's bucket has by its upper bound: not cumulative, in ascending order. */
export type Buckets = readonly (readonly [bound: number, count: number])[];

/**
 * The value below which a share of the observations lies, as Prometheus' `histogram_quantile` estimates it: linear within a
 * bucket. In the last bucket, whose bound is infinite, it is the bound before.
 *
 * @param share from 0 to 1
 * @returns null if there are no observations
 */
export function histogramQuantile(buckets: Buckets, share: number): number | null {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 0) return null;
  let below = 0;
  let lower = 0;
  for (const [bound, count] of buckets) {
    if (count > 0 && below + count >= share * total) {
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return lower + (bound - lower) * Math.max((share * total - below) / count, 0);
    }
    below += count;
    lower = bound;
  }
  return lower;
}
