import { complement, fromLogit } from '../../../src/loss/log-probabilities.ts';
import { logSoftmax } from '../../../src/loss/softmax-terms.ts';
import { pseudorandom } from './batches.ts';

/** Rows whose true class is the largest, the smallest or in between, with gaps from 0 to beyond the range of e^−x. */
export function softmaxRows(classes: number): { logits: Float32Array; labels: number[] } {
  const random = pseudorandom(classes);
  const next = () => random.next().value;
  const scales = [0, 1e-30, 1e-3, 1, 5, 20, 90, 400, 1e3, 1e4];
  const rows = scales.flatMap((scale) => Array.from({ length: 60 }, () => ({ scale, gap: scale * next() })));
  const labels = rows.map(() => Math.floor(next() * classes));
  const logits = rows.flatMap(({ scale, gap }, row) => {
    const argmax = row % 3 === 0 ? labels[row] : Math.floor(next() * classes);
    return Array.from({ length: classes }, (_, c) => (next() - 0.5) * Math.min(scale, 30) + (c === argmax ? gap : 0));
  });
  return { logits: Float32Array.from(logits), labels };
}

/** Σ |terms| of d²L/dx², relative to which its error is measured, since its terms cancel near its root. */
export function sigmoidHessianTerms(x: number, label: number, gamma: number): number {
  const { logP, logQ } = label === 1 ? fromLogit(x) : complement(fromLogit(x));
  const [p, q] = [Math.exp(logP), Math.exp(logQ)];
  const alpha = label === 1 ? 0.25 : 0.75;
  return alpha * p * Math.exp(gamma * logQ) * ((1 + 2 * gamma) * q - gamma * (q + gamma * p) * logP);
}

/** Likewise for ∂²L/∂z_j². */
export function softmaxHessianTerms(row: Float32Array, t: number, gamma: number): Float64Array {
  const { logP, logQ } = logSoftmax(Float64Array.from(row));
  const [p, modulator] = [Math.exp(logP[t]!), Math.exp(gamma * logQ[t]!)];
  const q = Math.exp(logQ[t]!);
  const ratio = q === 0 ? 1 : q < 0.5 ? -Math.log1p(-q) / q : -logP[t]! / q;
  const slope = modulator * (gamma * p * ratio + 1);
  const curvature = gamma * p * modulator * q * (2 - logP[t]! + Math.abs(gamma - 1) * p * ratio);
  return logP.map((log, j) => {
    const share = j === t ? 1 : Math.exp(log - logQ[t]!);
    return curvature * share * share + slope * Math.exp(log + logQ[j]!);
  });
}
