import type { Batch } from '../batch.ts';
import type { BatchSample } from './batch-sample.ts';

/** An element of sigmoid, or a sample of softmax, that is far from its label. */
export interface HardestElement {
  readonly classIndex: number;
  /** What they are at least. */
  readonly crossEntropy: number;
  readonly loss: number;
}

/**
 * That of the largest loss among hard labels, as a line below the cross-entropy gives it: softplus(z) ≥ z, and LSE − z_t ≥ max − z_t.
 * Where the cross-entropy is large, that is all of the loss.
 *
 * @returns undefined if no cross-entropy is as large as `minCrossEntropy`, which a look at the logits alone tells of most batches
 */
export function hardestElement(
  { activation, alpha }: Batch,
  sample: BatchSample,
  minCrossEntropy: number,
): HardestElement | undefined {
  const { samples, classes, predictions, labels, weights, elementWeights } = sample;
  if (largestCrossEntropy(predictions, activation) < minCrossEntropy) return undefined;
  let hardest: HardestElement = { classIndex: 0, crossEntropy: 0, loss: 0 };
  for (let row = 0; row < samples; row++) {
    const first = row * classes;
    const weight = weights?.[row] ?? 1;
    const maxLogit = activation === 'softmax' ? largest(predictions, first, classes) : 0;
    for (let c = 0; c < classes; c++) {
      const y = labels instanceof Int32Array ? Number(labels[row] === c) : labels[first + c]!;
      if (y !== 1 && (y !== 0 || activation === 'softmax')) continue;
      const x = predictions[first + c]!;
      const crossEntropy = activation === 'softmax' ? maxLogit - x : y === 1 ? -x : x;
      const elementWeight = elementWeights?.[first + c] ?? 1;
      const loss = crossEntropy * weight * elementWeight * alpha[y === 1 ? 'positive' : 'negative'][c]!;
      if (loss > hardest.loss) hardest = { classIndex: c, crossEntropy, loss };
    }
  }
  return hardest;
}

/** What none is above, whatever the labels. */
function largestCrossEntropy(predictions: Float32Array, activation: Batch['activation']): number {
  let min = 0;
  let max = 0;
  for (let at = 0; at < predictions.length; at++) {
    const x = predictions[at]!;
    if (x < min) min = x;
    else if (x > max) max = x;
  }
  return activation === 'softmax' ? max - min : Math.max(max, -min);
}

function largest(values: Float32Array, first: number, count: number): number {
  let max = values[first]!;
  for (let at = first + 1; at < first + count; at++) if (values[at]! > max) max = values[at]!;
  return max;
}
