import type { Batch } from './batch.ts';
import { type CountsAt, countedPlaces, ignoredPlaces } from './counted-places.ts';
import { isOne, isProbability, sumSamples } from './probabilities.ts';
import { sumTolerance } from './sum-tolerance.ts';
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
  if (counts === undefined || !replaceInvalid(values, batch, counts)) return false;
  return batch.source === 'logits' || batch.activation === 'sigmoid' || areSumsOne(values, batch, counts);
}

function replaceInvalid(values: Float32Array, batch: Omit<Batch, 'predictions'>, counts: CountsAt): boolean {
  const { source, activation, layout } = batch;
  const { outer, classes, inner } = layout;
  const isLogits = source === 'logits';
  const [lowest, highest] = isLogits ? [-LARGE_LOGIT, LARGE_LOGIT] : [0, 1];
  const isIgnored = ignoredPlaces(batch);
  let at = 0;
  for (let slice = 0; slice < outer; slice++) {
    for (let c = 0; c < classes; c++) {
      for (let i = 0; i < inner; i++, at++) {
        const value = values[at]!;
        if (isLogits ? value - value === 0 : isProbability(value)) continue;
        const sample = slice * inner + i;
        if (counts(at, sample, c)) return false;
        // Where nothing is counted either, 0 keeps the fast path of the kernels.
        const isAny = activation === 'sigmoid' && isIgnored(at, sample);
        values[at] = isAny ? 0 : value > 0 ? highest! : lowest!;
      }
    }
  }
  return true;
}

/** Whether the probabilities of each sample that counts add up to 1. */
function areSumsOne(
  values: Float32Array,
  { layout, predictionsFormat }: Pick<Batch, 'layout' | 'predictionsFormat'>,
  counts: CountsAt,
): boolean {
  const tolerance = sumTolerance(predictionsFormat, layout.classes);
  let areOne = true;
  sumSamples(
    (start, length) => values.subarray(start, start + length),
    layout,
    (sample, sum) => {
      areOne &&= isOne(sum, tolerance) || !counts(firstElement(layout, sample), sample, 0);
    },
  );
  return areOne;
}
