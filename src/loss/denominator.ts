import { type Batch, IGNORED, isIgnoredByte, type Labels } from './batch.ts';
import { ignoredPlaces } from './counted-places.ts';
import type { CheckedLabels } from './labels.ts';
import type { Options } from './options.ts';
import { elementCount, firstElement, type Layout, sampleCount } from './tensor.ts';

/**
 * The number by which `mean` divides the sum; 1 for the other reductions.
 */
export function denominatorOf(
  options: Pick<Options, 'activation' | 'reduction' | 'normalizer'>,
  layout: Layout,
  labels: CheckedLabels,
  { sampleWeights, elementWeights }: Pick<Batch, 'sampleWeights' | 'elementWeights'>,
): number {
  if (options.reduction !== 'mean') return 1;
  const normalizer = options.normalizer ?? defaultNormalizer(options.activation);
  if (typeof normalizer === 'number') return normalizer;
  switch (normalizer) {
    case 'elements':
      return elementCount(layout) - labels.ignored;
    case 'samples':
      return sumOfActive(labels, layout, undefined);
    case 'positives':
      return Math.max(1, labels.positives);
    case 'weights':
      return elementWeights
        ? sumOfElements(labels, layout, elementWeights, sampleWeights)
        : sumOfActive(labels, layout, sampleWeights);
  }
}

export function defaultNormalizer(activation: Options['activation']): 'elements' | 'samples' {
  return activation === 'sigmoid' ? 'elements' : 'samples';
}

/** The sum of the weights of those samples that have an element that is not ignored. */
function sumOfActive({ values, ignored }: CheckedLabels, layout: Layout, weights: Float32Array | undefined): number {
  const samples = sampleCount(layout);
  if (weights === undefined && (ignored === 0 || values instanceof Int32Array))
    return samples - ignored / layout.classes;
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    if (ignored === 0 || isActive(values, layout, sample)) sum += weights?.[sample] ?? 1;
  }
  return sum;
}

/** The sum of the weights of those elements that are not ignored, times those of their samples. */
function sumOfElements(
  { values: labels, ignored }: CheckedLabels,
  { outer, classes, inner }: Layout,
  weights: Float32Array,
  sampleWeights: Float32Array | undefined,
): number {
  const isIgnored = ignored === 0 ? () => false : ignoredPlaces({ labels });
  let sum = 0;
  for (let row = 0, at = 0; row < outer * classes; row++) {
    const firstSample = Math.floor(row / classes) * inner;
    for (let i = 0; i < inner; i++, at++) {
      if (!isIgnored(at, firstSample + i)) sum += weights[at]! * (sampleWeights?.[firstSample + i] ?? 1);
    }
  }
  return sum;
}

function isActive(labels: Labels, layout: Layout, sample: number): boolean {
  if (labels instanceof Int32Array) return labels[sample] !== IGNORED;
  let at = firstElement(layout, sample);
  for (let c = 0; c < layout.classes; c++, at += layout.inner) {
    const y = labels[at]!;
    if (labels instanceof Uint8Array ? !isIgnoredByte(y) : y !== IGNORED) return true;
  }
  return false;
}
