import { type Check, mebibytes } from './scenario.ts';

/** A least-squares line through samples at equal intervals. */
export interface Trend {
  /** How much higher the line is at the last sample than at the first. */
  readonly growth: number;
  /** Standard deviation of the samples around the line. */
  readonly scatter: number;
  readonly mean: number;
}

export function trendOf(samples: readonly number[]): Trend {
  const n = samples.length;
  const mean = samples.reduce((sum, y) => sum + y, 0) / n;
  const middle = (n - 1) / 2;
  let xx = 0;
  let xy = 0;
  samples.forEach((y, x) => {
    xx += (x - middle) ** 2;
    xy += (x - middle) * (y - mean);
  });
  const slope = xy / xx;
  const squares = samples.reduce((sum, y, x) => sum + (y - mean - slope * (x - middle)) ** 2, 0);
  return { growth: slope * (n - 1), scatter: Math.sqrt(squares / Math.max(1, n - 2)), mean };
}

/** The largest growth of the line, as a part of the mean. */
const FLAT = 0.03;

export const FLAT_CRITERION =
  `Memory counts as flat if a line through the samples (least squares, after the warm-up) grows over the whole run by at ` +
  `most ${100 * FLAT} % of their mean, or twice their standard deviation around it.`;

/** @param samples bytes resident, after the warm-up */
export function flat(name: string, samples: readonly number[]): Check {
  const { growth, scatter, mean } = trendOf(samples);
  const limit = Math.max(FLAT * mean, 2 * scatter);
  const text = (bytes: number) => `${mebibytes(bytes).toFixed(1)} MiB`;
  return {
    name: `${name}, around ${text(mean)}: growth`,
    target: `≤ ${text(limit)}`,
    measured: text(growth),
    met: samples.length > 2 && growth <= limit,
  };
}

/** The largest growth in a short run, in bytes for each request: what garbage leaves from one collection to the next can't be told from less. */
const MAX_LEAK_BYTES = 1024;

/**
 * Memory of a run that is short beside the seconds between two collections of garbage, in which a line would follow the
 * garbage: what is left after collections, in either half.
 *
 * @param samples bytes resident, after the warm-up
 */
export function flatBetweenCollections(name: string, samples: readonly number[], requests: number): Check {
  const half = samples.length >> 1;
  const growth = Math.min(...samples.slice(half)) - Math.min(...samples.slice(0, half));
  const limit = requests * MAX_LEAK_BYTES;
  return {
    name: `${name}: growth of the lowest`,
    target: `≤ ${mebibytes(limit).toFixed(1)} MiB`,
    measured: `${mebibytes(growth).toFixed(1)} MiB`,
    met: half > 0 && growth <= limit,
  };
}
