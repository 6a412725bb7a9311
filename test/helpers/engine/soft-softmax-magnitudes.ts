import type { StoredFloats } from '../../../src/core/float-format.ts';
import { type Batch, scaleOf } from '../../../src/loss/batch.ts';
import { SUM_FIELDS, SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';
import { power } from '../../../src/loss/focal-term.ts';
import { logSoftmax } from '../../../src/loss/softmax-terms.ts';

/** Σ |terms| of every gradient of a batch, by the formulas of loss/softmax-terms.ts. */
export function softmaxGradientTerms(batch: Batch): Float64Array {
  const { classes, outer, inner } = batch.layout;
  const predictions = batch.predictions as StoredFloats;
  const magnitudes = new Float64Array(outer * classes * inner);
  for (let sample = 0; sample < outer * inner; sample++) {
    const from = Math.floor(sample / inner) * classes * inner + (sample % inner);
    const logits = Float64Array.from({ length: classes }, (_, c) => predictions[from + c * inner]!);
    const { logP, logQ } = logSoftmax(logits);
    const weight = (batch.sampleWeights?.[sample] ?? 1) * scaleOf(batch);
    const slopes = logP.map((lp, c) => {
      const [p, q] = [Math.exp(lp), Math.exp(logQ[c]!)];
      const ratio = q === 0 ? -1 : q < 0.5 ? Math.log1p(-q) / q : lp / q;
      const gamma = batch.gamma.positive[c]!;
      const share = shareOf(batch, labelOf(batch, sample, c));
      const focal = batch.alpha.positive[c]! * (batch.detached.gradient ? 1 : 1 - gamma * p * ratio);
      const poly = Math.abs(batch.polyEpsilon) * batch.classWeights[c]! * (batch.detached.gradient ? 1 : gamma + 1) * p;
      return weight * share * power(logQ[c]!, gamma) * (focal + poly);
    });
    const total = slopes.reduce((sum, slope) => sum + slope, 0);
    for (let j = 0; j < classes; j++) {
      const [p, q] = [Math.exp(logP[j]!), Math.exp(logQ[j]!)];
      magnitudes[from + j * inner] = slopes[j]! * q + p * Math.max(0, total - slopes[j]!);
    }
  }
  return magnitudes;
}

/** As the sums of a batch: in place of those of |gradient| and its square, those of `softmaxGradientTerms`; else 0. */
export function softmaxSumsOfTerms(batch: Batch): Float64Array {
  const { classes, inner } = batch.layout;
  const sums = new Float64Array(classes * SUMS_PER_CLASS);
  for (const [at, terms] of softmaxGradientTerms(batch).entries()) {
    const c = Math.floor(at / inner) % classes;
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    const label = labelOf(batch, sample, c);
    if (label < 0) continue;
    const side = SUMS_PER_CLASS * c + (label >= 0.5 ? 0 : SUM_FIELDS.length);
    sums[side + SUM_FIELDS.indexOf('gradient_l1')]! += terms * batch.denominator;
    sums[side + SUM_FIELDS.indexOf('gradient_squares')]! += (terms * batch.denominator) ** 2;
  }
  return sums;
}

function labelOf({ labels, layout: { classes, inner } }: Batch, sample: number, c: number): number {
  if (!(labels instanceof Float32Array)) return labels[sample]! < 0 ? labels[sample]! : Number(labels[sample] === c);
  return labels[Math.floor(sample / inner) * classes * inner + c * inner + (sample % inner)]!;
}

function shareOf({ labelSmoothing, layout }: Batch, label: number): number {
  return label < 0 ? 0 : label * (1 - labelSmoothing) + labelSmoothing / layout.classes;
}
