import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { gradientTerms } from '../../../helpers/engine/gradient-terms.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 kernels with any γ up to 10, or one for each class, with every kind of weight and with `difficulty`. Gradients of
// soft labels have roots, near which their terms cancel: their errors are relative to these.

await wasmBackend.start();

const [IGNORE, BACKGROUND] = [-100, -1];
const { arrays } = TOLERANCES.wasm;
/** Sums of few elements have the error of a single element; those of a few gradients near their roots more. */
const ofFewElements = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: arrays } };
const ofFewSoftLabels = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: 20 * arrays } };
const ofMany = { evaluate: run, tolerance: TOLERANCES.wasm };

const GAMMAS = [0.05, 0.3, 0.7, 1.1, 2.3, 2.97, 3.7, 4.4, 6, 7.3, 10];
const ARRAYS = ['gradients', 'elementwise', 'per_class'];
const ALL = [...ARRAYS, 'difficulty'];
const OUTPUTS = [['gradients', 'per_class'], ALL, ['loss']];

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: every logit, with hard, soft and smoothed labels`, async (t) => {
    const shape = [LOGITS.length];
    let worst = 0;
    for (const label of [0, 1, 0.3, 1e-30, 1 - 2 ** -24]) {
      for (const label_smoothing of [0, 0.1]) {
        const labels = new Float64Array(LOGITS.length).fill(label);
        // Without `difficulty`: p_t of the smallest logits rounds to ½, the edge of a bin.
        const options = { reduction: 'sum', outputs: ARRAYS, label_smoothing };
        const batch = logitsBatch(shape, LOGITS, shape, labels, { gamma, alpha: 0.3 }, options);
        worst = Math.max(worst, await check(batch, `label ${label}, smoothing ${label_smoothing}`));
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}

for (const gamma of ['per class', 2, 2.3, 4.5]) {
  test(`gamma ${gamma}: all weights, layouts, labels and outputs`, async () => {
    const next = numbers(11);
    for (const { shape, axis = -1 } of [
      { shape: [61, 80] },
      { shape: [33, 261] },
      { shape: [1031, 5] },
      { shape: [5003, 1] },
      { shape: [2, 3, 701], axis: 1 },
      { shape: [1, 2, 50, 51], axis: 1 },
    ]) {
      const classes = shape.at(axis)!;
      const perSample = shape.toSpliced(axis, 1);
      const x = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * (next() < 0.005 ? 400 : 20));
      const perClass = (value: (c: number) => number) => ({
        shape: [classes],
        values: Float64Array.from({ length: classes }, (_, c) => value(c)),
      });
      const tensors = {
        gamma: gamma === 'per class' ? perClass((c) => [0, 0.5, 2, 2.3, 3.9][c % 5]!) : (gamma as number),
        alpha: perClass(next),
        class_weights: perClass((c) => (c + 1) % 3),
        sample_weights: {
          shape: perSample,
          values: Float64Array.from({ length: product(perSample) }, () => Math.floor(next() * 4) / 2),
        },
      };
      const indices = Array.from({ length: product(perSample) }, () => {
        const kind = next();
        return kind < 0.1 ? IGNORE : kind < 0.3 && classes > 1 ? BACKGROUND : Math.floor(next() * classes);
      });
      const hard = Array.from(x, () => (next() < 0.1 ? IGNORE : Math.round(next())));
      const soft = Array.from(x, () => (next() < 0.1 ? IGNORE : next()));
      const background = classes > 1 ? { background_index: BACKGROUND } : {};
      for (const outputs of OUTPUTS) {
        for (const label_smoothing of [0, 0.2]) {
          const options = { class_axis: axis, outputs, label_smoothing };
          const place = `[${shape}], ${outputs}, smoothing ${label_smoothing}`;
          await check(logitsBatch(shape, x, shape, hard, tensors, options), `hard, ${place}`);
          await check(logitsBatch(shape, x, shape, soft, tensors, options), `soft, ${place}`);
          const withIndices = { ...options, ...background };
          await check(logitsBatch(shape, x, perSample, indices, tensors, withIndices), `indices, ${place}`);
        }
      }
    }
  });
}

test('sums of many elements are off by 2e-8 at most', async () => {
  const next = numbers(9);
  const x = Float32Array.from({ length: 200_000 }, () => (next() + next() + next() - 1.5) * 8 - 2);
  const sample_weights = { shape: [x.length], values: Float64Array.from(x, next) };
  for (const gamma of [0.7, 2.3, 2.9, 7.3]) {
    for (const soft of [false, true]) {
      const labels = Array.from(x, () => (soft ? next() : Math.round(next())));
      const tensors = { gamma, alpha: 0.3, sample_weights };
      const batch = logitsBatch([x.length], x, [x.length], labels, tensors, { outputs: ALL });
      const terms = { gradients: gradientTerms(batch) };
      await conforms(ofMany, { ...batch, gradientSquares: true }, `gamma ${gamma}, soft ${soft}`, terms);
    }
  }
});

test('weights beside which float32 holds no loss', async () => {
  const next = numbers(4);
  const shape = [60, 80];
  const x = Float32Array.from({ length: 4800 }, () => (next() - 0.5) * 40);
  const labels = Array.from(x, () => Math.round(next()));
  for (const weight of [1e-30, 1e-6, 1e6, 1e30]) {
    for (const gamma of [2, 2.3]) {
      const values = Float64Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? weight : i % 3));
      const tensors = { gamma, sample_weights: { shape: [60], values } };
      const batch = logitsBatch(shape, x, shape, labels, tensors, { outputs: ALL, normalizer: weight });
      await check(batch, `weight ${weight}, gamma ${gamma}`);
    }
  }
});

/** Compares with the reference, and returns the worst relative error. */
function check(batch: Batch, name: string): Promise<number> {
  const isSoft = batch.labelSmoothing > 0 || !batch.labels.every(Number.isInteger);
  const terms = { gradients: gradientTerms(batch) };
  return conforms(isSoft ? ofFewSoftLabels : ofFewElements, batch, name, terms);
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
