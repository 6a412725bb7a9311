import type { Batch } from '../loss/batch.ts';
import { type ArrayOutput, outputLength, type StoredArrays } from '../loss/evaluation.ts';
import type { Layout } from '../loss/layout.ts';

const ELEMENTS_PER_PART = 2 ** 17;
const FEWEST_SAMPLES_PER_PART = 256;

/** Outer slices of a batch, from the first up to, not including, the last. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts a batch at the ends of parts. A part is what is summed up before the host adds the sums in float64.
 *
 * How long a part is depends on the classes and the inner size alone: however a batch is cut between threads and calls,
 * its parts, and so its totals, are the same to the last bit. A part's sums take 112 bytes a class, which a part of at
 * least 256 samples keeps below a ninth of its predictions, and one of 2^17 elements far below; `difficulty` adds 1280 bytes a part.
 *
 * @param partsPerRange how many parts go together
 */
export function cut(layout: Layout, partsPerRange: number): Range[] {
  const step = partsPerRange * slicesPerPart(layout);
  return Array.from({ length: Math.ceil(layout.outer / step) }, (_, i) => ({
    from: i * step,
    to: Math.min((i + 1) * step, layout.outer),
  }));
}

/** Cuts a batch into as many ranges as there are threads, or fewer where it has fewer parts. */
export function cutForThreads(layout: Layout, threads: number): Range[] {
  const parts = Math.ceil(layout.outer / slicesPerPart(layout));
  return cut(layout, Math.ceil(parts / threads));
}

function slicesPerPart(layout: Layout): number {
  const samples = Math.max(FEWEST_SAMPLES_PER_PART, Math.floor(ELEMENTS_PER_PART / layout.classes));
  return Math.ceil(samples / layout.inner);
}

/** A range as a batch of its own, whose tensors are views of the whole's. */
export function batchOfRange(batch: Batch, { from, to }: Range): Batch {
  const { classes, inner } = batch.layout;
  const samples = [from * inner, to * inner] as const;
  const elements = [from * classes * inner, to * classes * inner] as const;
  const { labels } = batch;
  return {
    ...batch,
    layout: { ...batch.layout, outer: to - from },
    predictions: batch.predictions.subarray(...elements),
    labels: labels instanceof Float32Array ? labels.subarray(...elements) : labels.subarray(...samples),
    ...(batch.sampleWeights && { sampleWeights: batch.sampleWeights.subarray(...samples) }),
  };
}

/** Where a range's results belong in the whole's. */
export function arraysOfRange(batch: Batch, arrays: StoredArrays, { from, to }: Range): StoredArrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([output, values]) => {
      const perSlice = numbersPerSlice(batch, output as ArrayOutput);
      return [output, values.subarray(from * perSlice, to * perSlice)];
    }),
  );
}

/** How many numbers of an output belong to one outer slice. */
export function numbersPerSlice(batch: Batch, output: ArrayOutput): number {
  return outputLength(batch, output) / batch.layout.outer;
}
