import { type Batch, IGNORED, isIgnoredByte } from './batch.ts';
import { type CountsAt, countedPlaces } from './counted-places.ts';
import { isOne, sumSamples } from './probabilities.ts';
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

type Replaced = Omit<Batch, 'predictions'>;

function replaceInvalid(values: Float32Array, batch: Replaced, counts: CountsAt): boolean {
  return batch.activation === 'sigmoid' ? replaceElements(values, batch) : replaceSamples(values, batch, counts);
}

const LOGITS = { lowest: -LARGE_LOGIT, highest: LARGE_LOGIT };
const PROBABILITIES = { lowest: 0, highest: 1 };

/** As `countedPlaces` says, but without a call for each element: all elements of a large batch may be invalid. */
function replaceElements(values: Float32Array, batch: Replaced): boolean {
  const { layout, labels, sampleWeights, elementWeights, classWeights } = batch;
  const { outer, classes, inner } = layout;
  const isLogits = batch.source === 'logits';
  const { lowest, highest } = isLogits ? LOGITS : PROBABILITIES;
  const byIndex = labels instanceof Int32Array;
  const areBytes = labels instanceof Uint8Array;
  let at = 0;
  for (let slice = 0; slice < outer; slice++) {
    for (let c = 0; c < classes; c++) {
      const hasWeight = classWeights[c] !== 0;
      for (let i = 0; i < inner; i++, at++) {
        const value = values[at]!;
        if (isLogits ? value - value === 0 : value >= 0 && value <= 1) continue;
        const sample = slice * inner + i;
        const label = labels[byIndex ? sample : at]!;
        const isIgnored = areBytes ? isIgnoredByte(label) : label === IGNORED;
        if (!isIgnored && hasWeight && sampleWeights?.[sample] !== 0 && elementWeights?.[at] !== 0) return false;
        // Where nothing is counted either, 0 keeps the fast path of the kernels.
        values[at] = isIgnored ? 0 : value > 0 ? highest : lowest;
      }
    }
  }
  return true;
}

/** Under softmax a sample counts as a whole. */
function replaceSamples(values: Float32Array, { source, layout }: Replaced, counts: CountsAt): boolean {
  const { outer, classes, inner } = layout;
  const isLogits = source === 'logits';
  const { lowest, highest } = isLogits ? LOGITS : PROBABILITIES;
  let at = 0;
  let uncounted = -1; // The last sample that was found not to count.
  for (let slice = 0; slice < outer; slice++) {
    for (let c = 0; c < classes; c++) {
      for (let i = 0; i < inner; i++, at++) {
        const value = values[at]!;
        if (isLogits ? value - value === 0 : value >= 0 && value <= 1) continue;
        const sample = slice * inner + i;
        if (sample !== uncounted && counts(at, sample, c)) return false;
        uncounted = sample;
        values[at] = value > 0 ? highest : lowest;
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
