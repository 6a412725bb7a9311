import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { focalTerm, power } from '../../src/loss/focal-term.ts';
import { fromProbability } from '../../src/loss/log-probabilities.ts';
import { logSoftmax } from '../../src/loss/softmax-terms.ts';
import type { TermMagnitudes } from '../harness/soft-magnitudes.ts';
import { report, worstErrors } from '../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom } from '../helpers/engine/batches.ts';

await wasmBackend.start();

const GAMMAS = [0, 1e-30, 0.3, 1, 1.5, 2, 3, 10, 1000];
const IGNORE = -100;

/** Distributions over the classes: even ones, nearly hard ones, hard ones, and ones with an ignored class. */
function labelsOf(classes: number, row: number, next: () => number): number[] {
  const sharpness = [0, 1, 10, 100][row % 4]!;
  const weights = Array.from({ length: classes }, () => Math.exp(sharpness * (next() - 0.5)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const labels = weights.map((weight) => weight / total);
  if (row % 5 === 0) labels[Math.floor(next() * classes)] = IGNORE;
  return labels;
}

/** With gaps from none to more than e^−x can hold. */
function logitsOf(classes: number, row: number, next: () => number): number[] {
  const scale = [0, 1e-30, 1e-3, 1, 5, 20, 90, 400, 1e3, 1e4][row % 10]!;
  const [gap, top] = [scale * next(), Math.floor(next() * classes)];
  return Array.from({ length: classes }, (_, c) => (next() - 0.5) * Math.min(scale, 30) + (c === top ? gap : 0));
}

for (const gamma of GAMMAS) {
  test(`softmax with soft labels, gamma ${gamma}: every output is a float32 rounding of the reference`, async (t) => {
    for (const classes of [2, 3, 8, 33]) {
      for (const smoothing of [0, 0.2]) {
        const random = pseudorandom(classes);
        const next = () => random.next().value;
        const rows = Array.from({ length: 400 }, (_, row) => row);
        const logits = Float32Array.from(rows.flatMap((row) => logitsOf(classes, row, next)));
        const labels = Float32Array.from(rows.flatMap((row) => labelsOf(classes, row, next)));
        const options = { activation: 'softmax', reduction: 'sum', label_smoothing: smoothing };
        const shape = [rows.length, classes];
        const batch = logitsBatch(shape, logits, shape, labels, { gamma }, options);
        const magnitudes = rows.flatMap((row) => {
          const of = (values: Float32Array) => Float64Array.from(values.subarray(row * classes, (row + 1) * classes));
          const y = of(labels).map((label) => (label < 0 ? 0 : label * (1 - smoothing) + smoothing / classes));
          return termMagnitudes(of(logits), y, gamma);
        });
        report(
          t,
          await worstErrors(batch, {
            gradient: Float64Array.from(magnitudes, ({ gradient }) => gradient),
            hessian: Float64Array.from(magnitudes, ({ hessian }) => hessian),
          }),
        );
      }
    }
  });
}

/** Σ |terms| of the formulas of loss/softmax-terms.ts, per class. */
function termMagnitudes(logits: Float64Array, y: Float64Array, gamma: number): TermMagnitudes[] {
  const { logP, logQ } = logSoftmax(logits);
  const terms = Array.from(logP, (lp, c) => {
    const [p, q] = [Math.exp(lp), Math.exp(logQ[c]!)];
    const ratio = q === 0 ? -1 : q < 0.5 ? Math.log1p(-q) / q : lp / q;
    const slope = y[c]! * power(logQ[c]!, gamma) * (1 - gamma * p * ratio);
    const factor = 2 - lp - Math.abs(gamma - 1) * p * ratio;
    return { slope, curve: y[c]! * gamma * p * power(logQ[c]!, gamma + 1) * factor };
  });
  return Array.from(logP, (lp, j) => {
    const pq = Math.exp(lp + logQ[j]!);
    const p = Math.exp(lp);
    let gradient = terms[j]!.slope * Math.exp(logQ[j]!);
    let hessian = terms[j]!.curve + pq * terms[j]!.slope;
    terms.forEach(({ slope, curve }, c) => {
      if (c === j) return;
      gradient += p * slope;
      hessian += curve * Math.exp(2 * (lp - logQ[c]!)) + pq * slope;
    });
    return { gradient, hessian };
  });
}

test('softmax of probabilities: every output is a float32 rounding of the reference', async (t) => {
  const first = Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 10 ** (-i / 25) : 1 - 10 ** (-(i - 1000) / 130)));
  const probabilities = Float32Array.from(first.flatMap((p) => [p, 1 - p]));
  const labels = first.flatMap(
    (_, i) =>
      [
        [1, 0],
        [0, 1],
        [0.3, 0.7],
      ][i % 3]!,
  );
  for (const gamma of GAMMAS) {
    for (const epsilon of [1e-7, 1e-18]) {
      const options = { activation: 'softmax', reduction: 'sum', epsilon };
      const tensors = { source: 'probabilities' as const, gamma };
      const batch = logitsBatch([2000, 2], probabilities, [2000, 2], labels, tensors, options);
      const hessian = Float64Array.from(probabilities, (p, i) => labels[i]! * hessianTerms(p, epsilon, gamma));
      report(t, await worstErrors(batch, { hessian }));
    }
  }
});

/** Of focalTerm in loss/focal-term.ts; the terms of the gradient have one sign. */
function hessianTerms(probability: number, epsilon: number, gamma: number): number {
  const pair = fromProbability(probability, epsilon);
  const { logP, logQ, dLogP, dLogQ, d2LogP, d2LogQ } = pair;
  const curve = gamma * -logP * (gamma * dLogQ * dLogQ - d2LogQ) - 2 * gamma * dLogQ * dLogP - d2LogP;
  return Math.max(power(logQ, gamma) * curve, Math.abs(focalTerm(pair, gamma).hessian));
}
