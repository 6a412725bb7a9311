import type { Allocator } from '../core/allocator.ts';
import type { Batch } from './batch.ts';

type SharedOptions = Pick<Batch, 'gamma' | 'alpha' | 'classWeights' | 'schemeAlpha'>;

/** Fewer classes are copied from thread to thread faster than a piece of shared memory is allocated. */
const MIN_CLASSES = 512;
/** γ of both sides, the weights of positives and of negatives, class weights, and α. */
const ARRAYS = 6;

/** Resolves the options of many classes into memory that threads share. */
export function shareClassOptions(classes: number, allocator: Allocator, resolve: () => SharedOptions): SharedOptions {
  if (classes < MIN_CLASSES) return resolve();
  const memory = allocator.float64(ARRAYS * classes);
  const copies = new Map<Float64Array, Float64Array>();
  const share = (values: Float64Array) => {
    if (values.length !== classes) return values; // The batch is rejected for it, once all issues are found.
    const start = copies.size * classes;
    const shared = copies.get(values) ?? memory.subarray(start, start + classes);
    if (!copies.has(values)) {
      shared.set(values);
      copies.set(values, shared);
    }
    return shared;
  };
  const { gamma, alpha, classWeights, schemeAlpha } = resolve();
  return {
    gamma: { positive: share(gamma.positive), negative: share(gamma.negative) },
    alpha: { positive: share(alpha.positive), negative: share(alpha.negative) },
    classWeights: share(classWeights),
    ...(schemeAlpha && { schemeAlpha: share(schemeAlpha) }),
  };
}
