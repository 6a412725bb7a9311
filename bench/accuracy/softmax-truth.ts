import { emptyEvaluation } from '../../src/loss/evaluation.ts';
import { power } from '../../src/loss/focal-term.ts';
import { evaluateReference } from '../../src/loss/reference.ts';
import { logSoftmax } from '../../src/loss/softmax-terms.ts';
import type { Expected } from './score.ts';
import { softmaxBatch } from './softmax-batch.ts';
import { type LabelKind, type SoftmaxRow, sharesOf } from './softmax-grid.ts';

/** The losses of rows, and their gradients row by row. */
export interface SoftmaxTruth {
  readonly loss: Expected;
  /** Errors are relative to the sum of the magnitudes of its terms, which is the gradient where the label is hard. */
  readonly gradient: Required<Expected>;
}

/** By the float64 reference. */
export function softmaxTruth(rows: readonly SoftmaxRow[], kind: LabelKind, gamma: number): SoftmaxTruth {
  const batch = softmaxBatch(rows, kind, gamma, { channelsFirst: false, outputs: ['elementwise', 'gradients'] });
  const { arrays } = evaluateReference(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );
  const scale = rows.flatMap((row) => gradientMagnitudes(Float64Array.from(row.logits), sharesOf(row, kind), gamma));
  return { loss: { values: arrays.elementwise! }, gradient: { values: arrays.gradients!, scale } };
}

/** Σ_c k_c |A_c| |δ_jc − p_j| for each j, with the k and A of loss/softmax-terms.ts. */
function gradientMagnitudes(logits: Float64Array, shares: Float64Array, gamma: number): number[] {
  const { logP, logQ } = logSoftmax(logits);
  const slopes = logP.map((lp, c) => {
    const q = Math.exp(logQ[c]!);
    const ratio = q === 0 ? -1 : q < 0.5 ? Math.log1p(-q) / q : lp / q;
    return shares[c]! * power(logQ[c]!, gamma) * (1 - gamma * Math.exp(lp) * ratio);
  });
  const total = slopes.reduce((sum, slope) => sum + slope, 0);
  return Array.from(slopes, (slope, j) => {
    const others = slope < total / 2 ? total - slope : slopes.reduce((sum, each, c) => (c === j ? sum : sum + each), 0);
    return slope * Math.exp(logQ[j]!) + Math.exp(logP[j]!) * others;
  });
}
