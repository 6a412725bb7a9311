import { type Batch, IGNORED, isIgnoredByte } from './batch.ts';
import { elementCount, sampleCount } from './tensor.ts';

/** The part of a batch on which it depends where predictions count. */
export type CountedBatch = Pick<
  Batch,
  'activation' | 'layout' | 'labels' | 'sampleWeights' | 'elementWeights' | 'classWeights' | 'labelSmoothing' | 'counts'
>;

/** Whether the prediction of an element counts, by its position and its sample and class. */
export type CountsAt = (element: number, sample: number, classIndex: number) => boolean;

/**
 * Tells which predictions count. One that does not may be anything, even NaN:
 *   sigmoid   it is ignored, or it, its sample or its class has weight 0
 *   softmax   all of its sample is ignored, the sample has weight 0, or all classes that its labels name have. A class of weight
 *             0 counts in other samples, since all probabilities of a sample depend on each logit
 * α is no weight: cross-entropy has none.
 *
 * @returns undefined if all of them count
 */
export function countedPlaces(batch: CountedBatch): CountsAt | undefined {
  const { activation, sampleWeights, elementWeights, classWeights, counts } = batch;
  const haveZero = [sampleWeights, elementWeights, classWeights].some((weights) => weights?.includes(0));
  if (counts.ignored === 0 && !haveZero) return undefined;
  return activation === 'sigmoid' ? countedElements(batch) : countedSamples(batch);
}

/** Tells which elements are ignored. */
export function ignoredPlaces({ labels }: Pick<Batch, 'labels'>): (element: number, sample: number) => boolean {
  if (labels instanceof Int32Array) return (_, sample) => labels[sample] === IGNORED;
  if (labels instanceof Uint8Array) return (element) => isIgnoredByte(labels[element]!);
  return (element) => labels[element] === IGNORED;
}

function countedElements(batch: CountedBatch): CountsAt {
  const { sampleWeights, elementWeights, classWeights } = batch;
  const isIgnored = ignoredPlaces(batch);
  return (element, sample, classIndex) =>
    classWeights[classIndex] !== 0 &&
    sampleWeights?.[sample] !== 0 &&
    elementWeights?.[element] !== 0 &&
    !isIgnored(element, sample);
}

function countedSamples(batch: CountedBatch): CountsAt {
  const { sampleWeights } = batch;
  const isNamed =
    batch.labels instanceof Int32Array ? namedByIndex(batch, batch.labels) : namedByMask(batch, batch.labels);
  return (_element, sample) => sampleWeights?.[sample] !== 0 && isNamed(sample);
}

/** Whether a sample's labels name a class that has a weight. With label smoothing they name all that are not ignored. */
type IsNamed = (sample: number) => boolean;

function namedByIndex({ classWeights, labelSmoothing }: CountedBatch, labels: Int32Array): IsNamed {
  const someWeight = classWeights.some((weight) => weight !== 0);
  return (sample) => {
    const label = labels[sample]!;
    if (label === IGNORED) return false;
    return labelSmoothing > 0 ? someWeight : classWeights[label] !== 0;
  };
}

/** One pass over all labels: to look through the labels of a sample for each of its elements could take hours. */
function namedByMask(batch: CountedBatch, labels: Float32Array | Uint8Array): IsNamed {
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
