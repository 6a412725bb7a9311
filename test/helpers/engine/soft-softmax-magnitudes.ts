import type { StoredFloats } from '../../../src/core/float-format.ts';
import { type Batch, scaleOf } from '../../../src/loss/batch.ts';
import { power } from '../../../src/loss/focal-term.ts';
import { logSoftmax } from '../../../src/loss/softmax-terms.ts';

/** Σ |terms| of every gradient of a batch with contiguous classes, by the formulas of loss/softmax-terms.ts. */
export function softmaxGradientTerms(batch: Batch): Float64Array {
  const { classes, outer } = batch.layout;
  const predictions = batch.predictions as StoredFloats;
  const magnitudes = new Float64Array(outer * classes);
  for (let row = 0; row < outer; row++) {
    const from = row * classes;
    const { logP, logQ } = logSoftmax(Float64Array.from(predictions.subarray(from, from + classes)));
    const weight = (batch.sampleWeights?.[row] ?? 1) * scaleOf(batch);
    const slopes = logP.map((lp, c) => {
      const [p, q] = [Math.exp(lp), Math.exp(logQ[c]!)];
      const ratio = q === 0 ? -1 : q < 0.5 ? Math.log1p(-q) / q : lp / q;
      const gamma = batch.gamma[c]!;
      return (
        weight * shareOf(batch, row, c) * batch.alpha.positive[c]! * power(logQ[c]!, gamma) * (1 - gamma * p * ratio)
      );
    });
    const total = slopes.reduce((sum, slope) => sum + slope, 0);
    for (let j = 0; j < classes; j++) {
      const [p, q] = [Math.exp(logP[j]!), Math.exp(logQ[j]!)];
      magnitudes[from + j] = slopes[j]! * q + p * Math.max(0, total - slopes[j]!);
    }
  }
  return magnitudes;
}

function shareOf({ labels, labelSmoothing, layout }: Batch, row: number, c: number): number {
  const label = labels instanceof Float32Array ? labels[row * layout.classes + c]! : Number(labels[row] === c);
  return label < 0 ? 0 : label * (1 - labelSmoothing) + labelSmoothing / layout.classes;
}
