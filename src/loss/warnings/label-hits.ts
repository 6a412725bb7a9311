import type { BatchSample } from './batch-sample.ts';

export interface LabelHits {
  /** The part of the samples whose largest logit is that of their class. */
  readonly accuracy: number;
  /** The part of the samples that are of the most frequent class. */
  readonly majority: number;
}

/** Undefined if a sample has no class, or several. */
export function labelHits(sample: BatchSample): LabelHits | undefined {
  const { samples, classes, predictions } = sample;
  const frequencies = new Uint32Array(classes);
  let correct = 0;
  for (let row = 0; row < samples; row++) {
    const label = classOf(sample, row);
    if (label < 0) return undefined;
    frequencies[label]!++;
    const first = row * classes;
    const logit = predictions[first + label]!;
    let isLargest = true;
    for (let at = first; at < first + classes && isLargest; at++) isLargest = predictions[at]! <= logit;
    if (isLargest) correct++;
  }
  return { accuracy: correct / samples, majority: Math.max(...frequencies) / samples };
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
