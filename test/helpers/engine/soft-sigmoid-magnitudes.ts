import type { Batch } from '../../../src/loss/batch.ts';
import { SUM_FIELDS, SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';
import { fromLogit, fromProbability } from '../../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../../harness/soft-magnitudes.ts';

/** The sums of |gradient| and of its square of a batch, with Σ |terms| in place of each gradient; else 0. */
export function sigmoidSumsOfTerms(batch: Batch): Float64Array {
  const { layout, labels, labelSmoothing, gamma, alpha, sampleWeights, elementWeights, softLabels, source, epsilon } =
    batch;
  const { classes, inner } = layout;
  const sums = new Float64Array(classes * SUMS_PER_CLASS);
  for (const [at, x] of (batch.predictions as Float32Array).entries()) {
    const c = Math.floor(at / inner) % classes;
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    const index = labels[sample]!;
    const label = labels instanceof Float32Array ? labels[at]! : index < 0 ? index : Number(index === c);
    if (label < 0) continue;
    const smoothed = smoothedLabel(label, labelSmoothing);
    const sides = { positive: alpha.positive[c]!, negative: alpha.negative[c]! };
    const logProbs = source === 'logits' ? fromLogit(x) : fromProbability(x, epsilon);
    const { gradient } = termMagnitudes(logProbs, smoothed, gamma.positive[c]!, sides, softLabels);
    const terms = gradient * (sampleWeights?.[sample] ?? 1) * (elementWeights?.[at] ?? 1);
    const side = SUMS_PER_CLASS * c + (label >= 0.5 ? 0 : SUM_FIELDS.length);
    sums[side + SUM_FIELDS.indexOf('gradient_l1')]! += terms;
    sums[side + SUM_FIELDS.indexOf('gradient_squares')]! += terms ** 2;
  }
  return sums;
}
