import type { Allocator } from '../core/allocator.ts';
import { shareFloat32 } from '../core/shared-floats.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { NON_NEGATIVE } from './broadcast.ts';
import { formatShape, placeIn, sameShape, type Tensor } from './tensor.ts';

/**
 * Checks that there is one weight ≥ 0 per sample.
 *
 * @param sampleShape the predictions' shape without the class axis
 * @returns the weights in shared memory, `[outer, inner]`; undefined if there are none or their shape is wrong
 */
export function checkSampleWeights(
  weights: Tensor | undefined,
  source: Batch['source'],
  sampleShape: readonly number[],
  allocator: Allocator,
  issues: ValidationIssues,
): Float32Array | undefined {
  if (weights === undefined) return undefined;
  if (!sameShape(weights.shape, sampleShape)) {
    issues.add(() => ({
      pointer: '/sample_weights',
      message: `expected one weight per sample, shape ${formatShape(sampleShape)} (that of ${source} without the class axis), got ${formatShape(weights.shape)}`,
    }));
    return undefined;
  }
  for (let i = 0; i < weights.values.length; i++) {
    if (NON_NEGATIVE.holds(weights.values[i]!)) continue;
    issues.add(() => ({
      ...placeIn('sample_weights', weights, i),
      message: `expected ${NON_NEGATIVE.text}, got ${weights.values[i]}`,
    }));
  }
  return shareFloat32(weights.values, allocator);
}
