import type { CheckedLabels } from './labels.ts';
import type { Options } from './options.ts';
import { elementCount, type Layout } from './tensor.ts';

/**
 * The number by which `mean` divides the sum; 1 for the other reductions.
 *
 * @param sampleWeights `[outer, inner]`; absent if all are 1
 */
export function denominatorOf(
  options: Pick<Options, 'activation' | 'reduction' | 'normalizer'>,
  layout: Layout,
  labels: CheckedLabels,
  sampleWeights: Float32Array | undefined,
): number {
  if (options.reduction !== 'mean') return 1;
  const normalizer = options.normalizer ?? (options.activation === 'sigmoid' ? 'elements' : 'samples');
  if (typeof normalizer === 'number') return normalizer;
  switch (normalizer) {
    case 'elements':
      return elementCount(layout) - labels.ignored;
    case 'samples':
      return labels.activeSamples.reduce((count, active) => count + active, 0);
    case 'positives':
      return Math.max(1, labels.positives);
    case 'weights':
      return labels.activeSamples.reduce((sum, active, i) => sum + active * (sampleWeights?.[i] ?? 1), 0);
  }
}
