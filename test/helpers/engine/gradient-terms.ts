import type { StoredFloats } from '../../../src/core/float-format.ts';
import { type Batch, IGNORED } from '../../../src/loss/batch.ts';
import { fromLogit } from '../../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../../harness/soft-magnitudes.ts';
import { softmaxGradientTerms } from './soft-softmax-magnitudes.ts';

/**
 * Σ |terms| of every gradient: what remains of them where they cancel has their error. Under softmax the classes must be
 * contiguous.
 */
export function gradientTerms(batch: Batch): Float64Array {
  return batch.activation === 'softmax' ? softmaxGradientTerms(batch) : sigmoidGradientTerms(batch);
}

function sigmoidGradientTerms(batch: Batch): Float64Array {
  const { alpha, gamma, labels, labelSmoothing, predictions, softLabels } = batch;
  const { classes, inner } = batch.layout;
  return Float64Array.from(predictions as StoredFloats, (logit, i) => {
    const c = Math.floor(i / inner) % classes;
    const sample = Math.floor(i / (classes * inner)) * inner + (i % inner);
    const label = labels instanceof Int32Array ? indexLabel(labels[sample]!, c) : labels[i]!;
    if (label === IGNORED) return 0;
    const smoothed = smoothedLabel(label, labelSmoothing);
    const sides = { positive: alpha.positive[c]!, negative: alpha.negative[c]! };
    const { gradient } = termMagnitudes(fromLogit(logit), smoothed, gamma.positive[c]!, sides, softLabels);
    const weight = (batch.sampleWeights?.[sample] ?? 1) * (batch.elementWeights?.[i] ?? 1);
    return (gradient * weight) / batch.denominator;
  });
}

function indexLabel(index: number, c: number): number {
  return index === IGNORED ? IGNORED : Number(index === c);
}
