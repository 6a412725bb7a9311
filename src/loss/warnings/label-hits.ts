import type { BatchSample } from './batch-sample.ts';

export interface LabelHits {
  /** The part of the samples whose largest logit is that of their class. */
  readonly accuracy: number;
  /** The part of the samples that are of the most frequent class. */
  readonly majority: number;
}

/**
 * @returns undefined if a sample has no class, or several, or as soon as too many are missed for an accuracy that is `minGain` above
 *   the majority
 */
export function labelHits(sample: BatchSample, minGain: number): LabelHits | undefined {
  const { samples, classes, predictions } = sample;
  const frequencies = new Uint32Array(classes);
  const mayMiss = samples * (1 - minGain);
  let majority = 0;
  let missed = 0;
  for (let row = 0; row < samples; row++) {
    const label = classOf(sample, row);
    if (label < 0) return undefined;
    const frequency = frequencies[label]! + 1;
    frequencies[label] = frequency;
    if (frequency > majority) majority = frequency;
    if (!isLargest(predictions, row * classes, classes, label)) missed++;
    if (missed + majority > mayMiss) return undefined;
  }
  return { accuracy: (samples - missed) / samples, majority: majority / samples };
}

function isLargest(predictions: Float32Array, first: number, classes: number, label: number): boolean {
  const logit = predictions[first + label]!;
  for (let at = first; at < first + classes; at++) if (predictions[at]! > logit) return false;
  return true;
}

/** The class of a sample; below 0 if there is none, or another one. */
export function classOf({ labels, classes }: BatchSample, row: number): number {
  if (labels instanceof Int32Array) return labels[row]!;
  let label = -1;
  for (let c = 0; c < classes; c++) {
    const y = labels[row * classes + c]!;
    if (y === 0) continue;
    if (y !== 1 || label >= 0) return -1;
    label = c;
  }
  return label;
}
