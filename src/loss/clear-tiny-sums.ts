import type { Batch } from './batch.ts';
import type { Totals } from './evaluation.ts';
import { elementCount } from './tensor.ts';

/**
 * What an element of weight 1 adds to a sum is not known below this: kernels keep numbers from becoming 0 of which they need the
 * logarithm, and leave 1e-307 where e^−10000 is right.
 */
const RESOLUTION = 1e-300;
/** Above this no sum is too small, whatever its weights. */
const NEVER_TINY = 1e-120;

/** Sets sums to 0, in place, that are too small to be told from 0: shares of them would be those of rounding errors. */
export function clearTinySums(batch: Batch, { sums, bins }: Totals): void {
  const all = bins ? [sums, bins] : [sums];
  if (!all.some((numbers) => hasBelow(numbers, NEVER_TINY))) return;
  const limit = resolutionOf(batch);
  for (const numbers of all) {
    for (let i = 0; i < numbers.length; i++) if (Math.abs(numbers[i]!) < limit) numbers[i] = 0;
  }
}

/** A loop takes a tenth of the time of `some`. */
function hasBelow(numbers: Float64Array, limit: number): boolean {
  for (let i = 0; i < numbers.length; i++) if (Math.abs(numbers[i]!) < limit && numbers[i] !== 0) return true;
  return false;
}

/** Gradients have factors γ, with Poly-1 (γ + 1) ε, and, with respect to probabilities, 1/ε. */
function resolutionOf(batch: Batch): number {
  const {
    layout,
    maxSampleWeight = 1,
    maxElementWeight = 1,
    alpha,
    classWeights,
    gamma,
    polyEpsilon,
    source,
    epsilon,
  } = batch;
  const classWeight = Math.max(largest(alpha.positive), largest(alpha.negative), largest(classWeights));
  const weight = Math.max(1, maxSampleWeight * maxElementWeight * classWeight);
  const maxGamma = Math.max(largest(gamma.positive), largest(gamma.negative));
  const terms = Math.max(1, maxGamma) + (maxGamma + 1) * Math.abs(polyEpsilon);
  const slope = terms / (source === 'probabilities' ? epsilon : 1);
  return RESOLUTION * elementCount(layout) * weight * slope;
}

function largest(values: Float64Array): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  return max;
}
