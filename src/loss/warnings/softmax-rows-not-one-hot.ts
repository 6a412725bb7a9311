import type { Batch } from '../batch.ts';
import type { BatchSample } from './batch-sample.ts';
import { rowTotal } from './row-total.ts';
import type { Warning } from './warning.ts';

/** Soft labels may have been rounded to 8 or 16 bits. */
const TOLERANCE = 0.02;

/** Under softmax, the labels of a sample are the probabilities of its classes. */
export function findRowsNotOneHot(
  { activation, labels, counts, sampleWeights }: Batch,
  sample: BatchSample | undefined,
): Warning | undefined {
  if (activation !== 'softmax' || labels instanceof Int32Array) return undefined;
  const found = sample && firstOff(sample);
  const pointer = '/labels';
  const code = 'softmax_rows_not_one_hot';
  const cure =
    'under softmax they are the probabilities of its classes: send class indices or one-hot labels, ignore_index for what has no class, or use sigmoid for several classes at once';
  if (found) {
    const { rows, total } = found;
    const message = `the labels of ${rows} of the ${sample.samples} samples that were looked at do not add up to 1, those of the first to ${round(total)}; ${cure}`;
    return { code, message, pointer };
  }
  // Rows of weight 0, which were not looked at, are often padding without a label.
  if (!(labels instanceof Uint8Array) || sampleWeights || counts.ignored > 0 || counts.positives === counts.samples) {
    return undefined;
  }
  const message = `${counts.samples} samples have ${counts.positives} positive labels, so that some do not add up to 1; ${cure}`;
  return { code, message, pointer };
}

function firstOff({ labels, samples, classes }: BatchSample): { rows: number; total: number } | undefined {
  let rows = 0;
  let total = 1;
  for (let row = 0; row < samples; row++) {
    const sum = rowTotal(labels as Float32Array | Uint8Array, row, classes);
    if (Math.abs(sum - 1) <= TOLERANCE) continue;
    if (rows === 0) total = sum;
    rows++;
  }
  return rows > 0 ? { rows, total } : undefined;
}

function round(total: number): number {
  return Math.round(total * 1000) / 1000;
}
