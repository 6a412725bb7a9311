import type { StoredFloats } from '../../../src/core/float-format.ts';
import { type Batch, IGNORED } from '../../../src/loss/batch.ts';
import { fromLogit } from '../../../src/loss/log-probabilities.ts';
import { termMagnitudes } from '../../harness/soft-magnitudes.ts';
import { softmaxGradientTerms } from './soft-softmax-magnitudes.ts';

/** Σ |terms| of every gradient of a batch whose classes are contiguous: what remains of them where they cancel has their error. */
export function gradientTerms(batch: Batch): Float64Array {
  return batch.activation === 'softmax' ? softmaxGradientTerms(batch) : sigmoidGradientTerms(batch);
}

function sigmoidGradientTerms(batch: Batch): Float64Array {
  const { alpha, gamma, labels, labelSmoothing, layout, predictions, softLabels } = batch;
  return Float64Array.from(predictions as StoredFloats, (logit, i) => {
    const [sample, c] = [Math.floor(i / layout.classes), i % layout.classes];
    const label = labels instanceof Int32Array ? indexLabel(labels[sample]!, c) : labels[i]!;
    if (label === IGNORED) return 0;
    const y = label * (1 - labelSmoothing) + labelSmoothing / 2;
    const sides = { positive: alpha.positive[c]!, negative: alpha.negative[c]! };
    const { gradient } = termMagnitudes(fromLogit(logit), y, gamma[c]!, sides, softLabels);
    return (gradient * (batch.sampleWeights?.[sample] ?? 1)) / batch.denominator;
  });
}

function indexLabel(index: number, c: number): number {
  return index === IGNORED ? IGNORED : Number(index === c);
}
