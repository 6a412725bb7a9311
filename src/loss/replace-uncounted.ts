import type { Batch } from './batch.ts';
import { countedPlaces } from './counted-places.ts';
import { isOne, isProbability, sumSamples } from './probabilities.ts';
import { firstElement } from './tensor.ts';

/** A logit that stands for infinity: e^−10000 is 0, also as a float64, and floats of 16 bits hold it. */
export const LARGE_LOGIT = 1e4;

/**
 * Replaces invalid predictions that do not count, so that a weight of 0 is never multiplied by NaN. The counts and means of a
 * breakdown, which have no weights, see them as infinite logits or as p = 0 and p = 1: NaN is like −∞.
 *
 * @param values the predictions of the batch as float32, which are overwritten
 * @returns false if some predictions that count are invalid
 */
export function replaceUncounted(values: Float32Array, batch: Omit<Batch, 'predictions'>): boolean {
  const counts = countedPlaces(batch);
  if (counts === undefined) return false;
  const { source, activation, layout } = batch;
  const isLogits = source === 'logits';
  const lowest = isLogits ? -LARGE_LOGIT : 0;
  const highest = isLogits ? LARGE_LOGIT : 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (isLogits ? value - value === 0 : isProbability(value)) continue;
    if (counts(i)) return false;
    values[i] = value > 0 ? highest : lowest;
  }
  if (isLogits || activation === 'sigmoid') return true;
  let areOne = true;
  sumSamples(
    (start, length) => values.subarray(start, start + length),
    layout,
    (sample, sum) => {
      areOne &&= isOne(sum) || !counts(firstElement(layout, sample));
    },
  );
  return areOne;
}
