import type { Batch } from '../../loss/batch.ts';
import { type ArrayOutput, type Evaluation, outputLength } from '../../loss/evaluation.ts';
import type { Layout } from '../../loss/layout.ts';

const ELEMENTS_PER_PART = 2 ** 17;
const FEWEST_SAMPLES_PER_PART = 256;

/** A range of outer slices whose sums are taken together. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts a batch into the parts whose sums the host adds up in float64. How long a part is depends on the classes and
 * the inner size alone: a batch that is split between threads at the ends of parts has the same parts, and so the same
 * totals to the last bit, for any number of threads. A part's sums take 96 bytes a class, which a part of at least 256
 * samples keeps below a tenth of its predictions, and one of 2^17 elements far below.
 */
export function partsOf(layout: Layout): Part[] {
  const samples = Math.max(FEWEST_SAMPLES_PER_PART, Math.floor(ELEMENTS_PER_PART / layout.classes));
  const slices = Math.max(1, Math.floor(samples / layout.inner));
  return Array.from({ length: Math.ceil(layout.outer / slices) }, (_, i) => ({
    from: i * slices,
    to: Math.min((i + 1) * slices, layout.outer),
  }));
}

/** A part as a batch of its own, whose tensors are views of the whole's. */
export function batchOfPart(batch: Batch, { from, to }: Part): Batch {
  const { classes, inner } = batch.layout;
  const sampleViews = <Values extends Float32Array | Int32Array>(values: Values) =>
    values.subarray(from * inner, to * inner) as Values;
  const elementViews = (values: Float32Array) => values.subarray(from * classes * inner, to * classes * inner);
  return {
    ...batch,
    layout: { ...batch.layout, outer: to - from },
    predictions: elementViews(batch.predictions),
    labels: batch.labels instanceof Float32Array ? elementViews(batch.labels) : sampleViews(batch.labels),
    ...(batch.sampleWeights && { sampleWeights: sampleViews(batch.sampleWeights) }),
  };
}

/** Where a part's results belong in the whole's. */
export function arraysOfPart(batch: Batch, arrays: Evaluation['arrays'], { from, to }: Part): Evaluation['arrays'] {
  return Object.fromEntries(
    Object.entries(arrays).map(([output, values]) => {
      const perSlice = outputLength(batch, output as ArrayOutput) / batch.layout.outer;
      return [output, values.subarray(from * perSlice, to * perSlice)];
    }),
  );
}
