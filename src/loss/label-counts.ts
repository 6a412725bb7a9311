import { IGNORED } from './batch.ts';
import type { Layout } from './tensor.ts';

/** The number of positive and negative labels of each class, `[classes]` each. */
export interface LabelCounts {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Counts labels of y ≥ 0.5 as positive and others as negative; ignored ones are not counted.
 *
 * @param labels those of a `Batch`
 */
export function countLabels(labels: Float32Array | Int32Array, layout: Layout): LabelCounts {
  const positives = new Float64Array(layout.classes);
  const negatives = new Float64Array(layout.classes);
  if (labels instanceof Float32Array) {
    const { classes, inner } = layout;
    for (let at = 0; at < labels.length; at++) {
      const y = labels[at]!;
      if (y === IGNORED) continue;
      const c = Math.floor(at / inner) % classes;
      if (y >= 0.5) positives[c]! += 1;
      else negatives[c]! += 1;
    }
    return { positives, negatives };
  }
  let samples = 0;
  for (const label of labels) {
    if (label === IGNORED) continue;
    samples += 1;
    if (label >= 0) positives[label]! += 1; // A background sample is negative for every class.
  }
  return { positives, negatives: positives.map((count) => samples - count) };
}
