import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { fromLogit } from '../../../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../../../src/loss/smoothed-label.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { termMagnitudes } from '../../../harness/soft-magnitudes.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 fast path for interpolated soft labels and label smoothing, in batches of 4096 elements and more. The loss has
// one sign, so its errors are relative to its value. The gradient has a root, near which its two terms cancel: its errors are
// relative to the sum of their magnitudes. Sums are off by 2e-8, but sums of few elements as a single element is.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5];
const IGNORE = -100;
const ALPHA = 0.3;
const SPARSE_LOGITS = LOGITS.filter((_, i) => i % 7 === 0 || i >= LOGITS.length - 12);
/** From both ends of [0, 1] inward, as far as float32 tells them apart from the ends. */
const LABELS = Float32Array.of(0, 1e-45, 1e-30, 1e-4, 0.1, 0.3, 0.49, 0.5, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1);

const { arrays } = TOLERANCES.wasm;
const candidate = { evaluate: run, tolerance: TOLERANCES.wasm };
/** Squares of gradients have twice their relative error. */
const ofFewElements = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: 2 * arrays } };

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: every logit with labels from one end to the other`, async (t) => {
    for (const smoothing of [0, 1e-6, 0.13, 0.9]) {
      const x = Float32Array.from(
        { length: LABELS.length * SPARSE_LOGITS.length },
        (_, i) => SPARSE_LOGITS[i % SPARSE_LOGITS.length]!,
      );
      const labels = x.map((_, i) => LABELS[Math.floor(i / SPARSE_LOGITS.length)]!);
      const batch = softBatch([x.length], x, labels, { gamma, alpha: ALPHA }, smoothing);
      const worst = await conforms(candidate, batch, `smoothing ${smoothing}`, gradientsOf(batch));
      t.diagnostic(`smoothing ${smoothing}: worst relative error ${worst.toExponential(1)}`);
    }
  });
}

test('labels near p: the error is relative to the terms that cancel', async () => {
  const x = Float32Array.from({ length: 40_000 }, (_, i) => (i - 20_000) / 1000);
  for (const off of [0, 1e-7, -1e-6, 1e-4]) {
    const labels = x.map((logit) => Math.min(Math.max(1 / (1 + Math.exp(-logit)) + off, 0), 1));
    for (const gamma of [0, 1, 2, 5]) {
      const batch = softBatch([x.length], x, labels, { gamma, alpha: ALPHA }, 0);
      await conforms(candidate, batch, `p + ${off}, gamma ${gamma}`, gradientsOf(batch));
    }
  }
});

test('any layout, labels, weights and outputs', async () => {
  const random = pseudorandom(8);
  const next = () => random.next().value;
  const cases = [
    { shape: [1100, 4] },
    { shape: [600, 7] },
    { shape: [61, 80] },
    { shape: [33, 130] },
    { shape: [5000, 1] },
    { shape: [2, 3, 701], axis: 1 },
    { shape: [1, 2, 50, 51], axis: 1 },
  ];
  for (const { shape, axis = -1 } of cases) {
    const [classes, elements] = [shape.at(axis)!, product(shape)];
    const perSample = shape.toSpliced(axis, 1);
    const samples = product(perSample);
    const x = Float32Array.from({ length: elements }, () => (next() - 0.5) * (next() < 0.005 ? 400 : 30));
    const soft = Float32Array.from({ length: elements }, () => (next() < 0.1 ? IGNORE : Math.round(next() * 8) / 8));
    const indices = Array.from({ length: samples }, () => (next() < 0.1 ? IGNORE : Math.floor(next() * classes)));
    const tensors = {
      gamma: GAMMAS[elements % GAMMAS.length]!,
      alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
      class_weights: { shape: [classes], values: Float64Array.from({ length: classes }, (_, c) => c % 3) },
      sample_weights: { shape: perSample, values: Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2) },
    };
    for (const outputs of [['gradients', 'per_class'], ['gradients', 'elementwise'], ['loss'], ['per_class']]) {
      const options = { class_axis: axis, outputs };
      const smoothed = { ...options, label_smoothing: 0.2 };
      for (const batch of [
        logitsBatch(shape, x, shape, soft, tensors, options),
        logitsBatch(shape, x, shape, soft, { gamma: 2 }, smoothed),
        logitsBatch(shape, x, perSample, indices, tensors, smoothed),
      ]) {
        const name = `[${shape}], ${outputs}`;
        const magnitudes = outputs.includes('gradients') ? gradientsOf(batch) : {};
        await conforms(ofFewElements, batch, name, magnitudes);
        await conforms(ofFewElements, { ...batch, gradientSquares: true }, `${name}, squares`, magnitudes);
      }
    }
  }
});

function softBatch(
  shape: readonly number[],
  logits: Float32Array,
  labels: Float32Array,
  tensors: { gamma: number; alpha: number },
  smoothing: number,
): Batch {
  const options = { reduction: 'sum', label_smoothing: smoothing, outputs: ['gradients', 'elementwise'] };
  return logitsBatch(shape, logits, shape, labels, tensors, options);
}

/** Σ |terms| of each gradient. */
function gradientsOf(batch: Batch): { gradients: Float64Array } {
  const { layout, labels, labelSmoothing, gamma, alpha, denominator, sampleWeights } = batch;
  const { classes, inner } = layout;
  const predictions = batch.predictions as Float32Array;
  const gradients = Float64Array.from(predictions, (x, at) => {
    const c = Math.floor(at / inner) % classes;
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    const label = labels instanceof Float32Array ? labels[at]! : Number(labels[sample] === c);
    const smoothed = smoothedLabel(label, labelSmoothing);
    const sides = { positive: alpha.positive[c]!, negative: alpha.negative[c]! };
    const { gradient } = termMagnitudes(fromLogit(x), smoothed, gamma.positive[c]!, sides, 'interpolated');
    return (gradient * (sampleWeights?.[sample] ?? 1)) / denominator;
  });
  return { gradients };
}
