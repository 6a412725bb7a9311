import { type Batch, IGNORED, isIgnoredByte } from './batch.ts';
import { elementCount, sampleCount, sampleOf } from './tensor.ts';

/** The part of a batch on which it depends where predictions count. */
export type CountedBatch = Pick<
  Batch,
  'activation' | 'layout' | 'labels' | 'sampleWeights' | 'classWeights' | 'labelSmoothing' | 'counts'
>;

/**
 * Tells by the position of an element whether its prediction counts. One that does not may be anything, even NaN:
 *   sigmoid   it is ignored, or its sample or its class has weight 0
 *   softmax   all of its sample is ignored, the sample has weight 0, or all classes that its labels name have. A class of weight
 *             0 counts in other samples, since all probabilities of a sample depend on each logit
 * α is no weight: cross-entropy has none.
 *
 * @returns undefined if all of them count
 */
export function countedPlaces(batch: CountedBatch): ((element: number) => boolean) | undefined {
  const { activation, sampleWeights, classWeights, counts } = batch;
  if (counts.ignored === 0 && !sampleWeights?.includes(0) && !classWeights.includes(0)) return undefined;
  return activation === 'sigmoid' ? countedElements(batch) : countedSamples(batch);
}

function countedElements({ layout, labels, sampleWeights, classWeights }: CountedBatch): (element: number) => boolean {
  const { classes, inner } = layout;
  return (element) => {
    if (classWeights[Math.floor(element / inner) % classes] === 0) return false;
    const sample = sampleOf(layout, element);
    if (sampleWeights?.[sample] === 0) return false;
    const label = labels[labels instanceof Int32Array ? sample : element]!;
    return labels instanceof Uint8Array ? !isIgnoredByte(label) : label !== IGNORED;
  };
}

function countedSamples(batch: CountedBatch): (element: number) => boolean {
  const { layout, sampleWeights } = batch;
  const isLabelled = batch.labels instanceof Int32Array ? byIndex(batch, batch.labels) : byMask(batch, batch.labels);
  return (element) => {
    const sample = sampleOf(layout, element);
    return sampleWeights?.[sample] !== 0 && isLabelled(sample);
  };
}

/** Whether some class that a sample's labels name has a weight. With label smoothing they name all that are not ignored. */
type IsLabelled = (sample: number) => boolean;

function byIndex({ classWeights, labelSmoothing }: CountedBatch, labels: Int32Array): IsLabelled {
  const someWeight = classWeights.some((weight) => weight !== 0);
  return (sample) => {
    const label = labels[sample]!;
    if (label === IGNORED) return false;
    return labelSmoothing > 0 ? someWeight : classWeights[label] !== 0;
  };
}

/** One pass over all labels: to look through the labels of a sample for each of its elements could take hours. */
function byMask(batch: CountedBatch, labels: Float32Array | Uint8Array): IsLabelled {
  const { layout, classWeights, labelSmoothing } = batch;
  const { classes, inner } = layout;
  const max = labels instanceof Uint8Array ? 1 : Number.POSITIVE_INFINITY;
  const mask = new Uint8Array(Math.ceil(sampleCount(layout) / 8));
  for (let row = 0, at = 0; at < elementCount(layout); row++, at += inner) {
    if (classWeights[row % classes] === 0) continue;
    const firstSample = Math.floor(row / classes) * inner;
    for (let i = 0; i < inner; i++) {
      const label = labels[at + i]!;
      const isNamed = labelSmoothing > 0 ? label >= 0 && label <= max : label > 0 && label <= max;
      if (isNamed) mask[(firstSample + i) >> 3]! |= 1 << ((firstSample + i) & 7);
    }
  }
  return (sample) => ((mask[sample >> 3]! >> (sample & 7)) & 1) === 1;
}
