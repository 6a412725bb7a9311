import type { Batch } from '../batch.ts';
import type { Side } from '../class-sums.ts';
import type { BatchSample } from './batch-sample.ts';

/** An element of sigmoid, or a sample of softmax, that is far from its label. */
export interface HardestElement {
  readonly classIndex: number;
  /** What they are at least. */
  readonly crossEntropy: number;
  readonly loss: number;
}

/** Whether no loss of a side is as large as the cross-entropy: with a margin, p of a negative is at most 1 less it. */
export function isBounded({ margin }: Pick<Batch, 'margin'>, side: Side): boolean {
  return margin > 0 && side === 'negative';
}

/**
 * That of the largest loss among hard labels, as a line below the cross-entropy gives it: softplus(z) ≥ z, and LSE − z_t ≥ max − z_t.
 * Where the cross-entropy is large, that is all of the loss.
 *
 * @param onlyClass the class to look in; by default all
 */
export function hardestElement(batch: Batch, sample: BatchSample, onlyClass?: number): HardestElement | undefined {
  const { activation, alpha } = batch;
  const { samples, classes, predictions, labels, weights, elementWeights } = sample;
  const skipsNegatives = activation === 'softmax' || isBounded(batch, 'negative');
  const firstClass = onlyClass ?? 0;
  const endClass = onlyClass === undefined ? classes : onlyClass + 1;
  let hardest: HardestElement | undefined;
  for (let row = 0; row < samples; row++) {
    const first = row * classes;
    const weight = weights === undefined ? 1 : weights[row]!;
    for (let c = firstClass; c < endClass; c++) {
      const y = labels instanceof Int32Array ? Number(labels[row] === c) : labels[first + c]!;
      if (y !== 1 && (y !== 0 || skipsNegatives)) continue;
      const x = predictions[first + c]!;
      const crossEntropy = activation === 'softmax' ? largest(predictions, first, classes) - x : y === 1 ? -x : x;
      const elementWeight = elementWeights === undefined ? 1 : elementWeights[first + c]!;
      const loss = crossEntropy * weight * elementWeight * alpha[y === 1 ? 'positive' : 'negative'][c]!;
      if (loss > (hardest?.loss ?? 0)) hardest = { classIndex: c, crossEntropy, loss };
    }
  }
  return hardest;
}

function largest(values: Float32Array, first: number, count: number): number {
  let max = values[first]!;
  for (let at = first + 1; at < first + count; at++) if (values[at]! > max) max = values[at]!;
  return max;
}
