import { IGNORED, type Labels } from './batch.ts';
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
export function countLabels(labels: Labels, layout: Layout): LabelCounts {
  return labels instanceof Int32Array ? countIndices(labels, layout.classes) : countDense(labels, layout);
}

function countIndices(labels: Int32Array, classes: number): LabelCounts {
  const positives = new Float64Array(classes);
  let samples = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!;
    if (label === IGNORED) continue;
    samples += 1;
    if (label >= 0) positives[label]! += 1; // A background sample is negative for every class.
  }
  return { positives, negatives: positives.map((count) => samples - count) };
}

function countDense(labels: Float32Array | Uint8Array, layout: Layout): LabelCounts {
  const counts = new Uint32Array(SIDES * layout.classes);
  if (labels instanceof Uint8Array) countBytes(labels, layout, counts);
  else countFloats(labels, layout, counts);
  const column = (side: number) => Float64Array.from({ length: layout.classes }, (_, c) => counts[SIDES * c + side]!);
  return { positives: column(1), negatives: column(0) };
}

/** Of each class: negatives, positives, and those that are ignored. */
const SIDES = 3;
const IGNORED_SIDE = 2;

// One function for each type: a loop over either would take three times as long.

function countBytes(labels: Uint8Array, { classes, inner }: Layout, counts: Uint32Array): void {
  for (let at = 0; at < labels.length; ) {
    for (let c = 0; c < SIDES * classes; c += SIDES) {
      for (const end = at + inner; at < end; at++) {
        const y = labels[at]!;
        counts[c + (y > 1 ? IGNORED_SIDE : y)]! += 1;
      }
    }
  }
}

function countFloats(labels: Float32Array, { classes, inner }: Layout, counts: Uint32Array): void {
  for (let at = 0; at < labels.length; ) {
    for (let c = 0; c < SIDES * classes; c += SIDES) {
      for (const end = at + inner; at < end; at++) {
        const y = labels[at]!;
        counts[c + (y === IGNORED ? IGNORED_SIDE : Number(y >= 0.5))]! += 1;
      }
    }
  }
}
