import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { fromLogit, mirrored } from '../../src/loss/log-pair.ts';
import { logSoftmax } from '../../src/loss/softmax-terms.ts';
import { define, logitsBatch, pseudorandom, run, SMALLEST_NORMAL } from './batches.ts';

// The float64 definition stands for the truth: golden.test.ts holds it to 60-digit arithmetic.

await wasmRung.start();

const GAMMAS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10];
const TOLERANCE = 5e-7;
const LARGEST = 3.4028234663852886e38;

/** Evenly where functions bend, by powers up to 1e4, and single ones as far as float32 goes. */
const LOGITS = Float32Array.from(
  [
    ...Array.from({ length: 6000 }, (_, i) => i / 50),
    ...Array.from({ length: 4000 }, (_, i) => 10 ** (-38 + (42 * i) / 3999)),
    ...[1e4, 12345.678, 1e10, 1e20, 1e38, LARGEST],
  ].flatMap((x) => [x, -x]),
);

for (const gamma of GAMMAS) {
  test(`sigmoid, gamma ${gamma}: every output is a float32 rounding of the definition`, async (t) => {
    for (const label of [0, 1]) {
      const labels = new Array<number>(LOGITS.length).fill(label);
      const shape = [LOGITS.length];
      const batch = logitsBatch(shape, LOGITS, shape, labels, { gamma, alpha: 0.25 }, { reduction: 'sum' });
      const magnitudes = Float64Array.from(LOGITS, (x) => sigmoidHessianTerms(x, label, gamma));
      report(t, await worstErrors(batch, magnitudes));
    }
  });

  test(`softmax, gamma ${gamma}: every output is a float32 rounding of the definition`, async (t) => {
    for (const classes of [2, 3, 8, 33]) {
      const { logits, labels } = softmaxRows(classes);
      const shape = [labels.length, classes];
      const batch = logitsBatch(
        shape,
        logits,
        [labels.length],
        labels,
        { gamma },
        { activation: 'softmax', reduction: 'sum' },
      );
      const magnitudes = new Float64Array(logits.length);
      for (const [row, label] of labels.entries()) {
        const terms = softmaxHessianTerms(logits.subarray(row * classes, (row + 1) * classes), label, gamma);
        magnitudes.set(terms, row * classes);
      }
      report(t, await worstErrors(batch, magnitudes));
    }
  });
}

/** Rows with the true class on top, at the bottom and in between, and with gaps from none to more than e^−x can hold. */
function softmaxRows(classes: number): { logits: Float32Array; labels: number[] } {
  const random = pseudorandom(classes);
  const next = () => random.next().value;
  const scales = [0, 1e-30, 1e-3, 1, 5, 20, 90, 400, 1e3, 1e4];
  const rows = scales.flatMap((scale) => Array.from({ length: 60 }, () => ({ scale, gap: scale * next() })));
  const labels = rows.map(() => Math.floor(next() * classes));
  const logits = rows.flatMap(({ scale, gap }, row) => {
    const top = row % 3 === 0 ? labels[row] : Math.floor(next() * classes);
    return Array.from({ length: classes }, (_, c) => (next() - 0.5) * Math.min(scale, 30) + (c === top ? gap : 0));
  });
  return { logits: Float32Array.from(logits), labels };
}

/** Σ |terms| of d²L/dx², by which its error is measured: it has a root, where its terms cancel. */
function sigmoidHessianTerms(x: number, label: number, gamma: number): number {
  const { logP, logQ } = label === 1 ? fromLogit(x) : mirrored(fromLogit(x));
  const [p, q] = [Math.exp(logP), Math.exp(logQ)];
  const alpha = label === 1 ? 0.25 : 0.75;
  return alpha * p * Math.exp(gamma * logQ) * ((1 + 2 * gamma) * q - gamma * (q + gamma * p) * logP);
}

/** Likewise for ∂²L/∂z_j². */
function softmaxHessianTerms(row: Float32Array, t: number, gamma: number): Float64Array {
  const { logP, logQ } = logSoftmax(Float64Array.from(row));
  const [p, focus] = [Math.exp(logP[t]!), Math.exp(gamma * logQ[t]!)];
  const q = Math.exp(logQ[t]!);
  const ratio = q === 0 ? 1 : q < 0.5 ? -Math.log1p(-q) / q : -logP[t]! / q;
  const slope = focus * (gamma * p * ratio + 1);
  const curve = gamma * p * focus * q * (2 - logP[t]! + Math.abs(gamma - 1) * p * ratio);
  return logP.map((log, j) => {
    const share = j === t ? 1 : Math.exp(log - logQ[t]!);
    return curve * share * share + slope * Math.exp(log + logQ[j]!);
  });
}

interface WorstErrors {
  loss: number;
  gradient: number;
  hessian: number;
}

async function worstErrors(batch: Batch, hessianTerms: Float64Array): Promise<WorstErrors> {
  const { arrays: actual } = await run(batch);
  const { arrays: expected } = define(batch);
  return {
    loss: worst(actual.elementwise!, expected.elementwise!, expected.elementwise!),
    gradient: worst(actual.gradients!, expected.gradients!, expected.gradients!),
    hessian: worst(actual.hessian!, expected.hessian!, hessianTerms),
  };
}

/** Relative to `magnitudes` where the truth is a normal float32; a smaller one has to come out as small. */
function worst(actual: Float32Array, expected: Float64Array, magnitudes: Float64Array): number {
  let most = 0;
  expected.forEach((truth, i) => {
    const error = Math.abs(actual[i]! - truth);
    const normal = Math.abs(truth) >= SMALLEST_NORMAL;
    const relative = normal
      ? error / Math.abs(magnitudes[i]!)
      : error <= SMALLEST_NORMAL
        ? 0
        : Number.POSITIVE_INFINITY;
    if (!(relative <= most)) most = relative; // NaN, too, is worse.
  });
  return most;
}

function report(t: { diagnostic(message: string): void }, errors: WorstErrors): void {
  t.diagnostic(
    `worst relative errors: ${Object.entries(errors)
      .map(([what, error]) => `${what} ${error.toExponential(1)}`)
      .join(', ')}`,
  );
  for (const [what, error] of Object.entries(errors)) assert.ok(error < TOLERANCE, `${what} is off by ${error}`);
}
