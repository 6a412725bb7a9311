import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { sigmoidSumsOfTerms } from '../../../helpers/engine/soft-sigmoid-magnitudes.ts';
import { numbers, sumsOfSweep, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernel that evaluates many γ of sigmoid at once for labels in [0, 1], and for hard ones with any γ.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.7, 5, 8];
const QUALITY_GAMMAS = [0, 1, 1.2, 1.5, 2, 3, 3.7, 5];
const IGNORE = -100;
const tolerance = TOLERANCES.wasm;

/** With three α for each γ, which share a pass. */
function assertSweep(batch: Batch, name: string): Promise<void> {
  const gammas = batch.softLabels === 'quality' ? QUALITY_GAMMAS : GAMMAS;
  // The terms of a gradient may cancel. Those of termwise labels are known: errors are relative to them.
  const magnitudes = batch.softLabels === 'termwise' ? { magnitudes: sigmoidSumsOfTerms } : {};
  const expectations = { tolerance, hardLabels: false, kernel: 'soft', alphas: 3, ...magnitudes } as const;
  return sweepConforms(batch, gammas, expectations, name);
}

for (const soft_labels of ['interpolated', 'termwise', 'quality']) {
  test(`${soft_labels}: sums of equal elements are those of the reference, at every logit`, async () => {
    for (const logit of LOGITS.filter((_, i) => i % 64 === 0)) {
      for (const label of [0, 1e-30, 1e-4, 0.3, 0.51, 0.999, 1 - 2 ** -24, 1]) {
        const logits = new Float64Array(5).fill(logit);
        const labels = new Float64Array(5).fill(label);
        const options = { outputs: [], soft_labels };
        await assertSweep(logitsBatch([5], logits, [5], labels, {}, options), `logit ${logit}, label ${label}`);
      }
    }
  });

  test(`${soft_labels}: right in every layout, for dense labels and smoothed indices`, async () => {
    const next = numbers(5);
    for (const shape of [
      [1],
      [4097],
      [9, 1],
      [70, 2],
      [31, 3],
      [300, 5],
      [7, 80],
      [3, 261],
      [2, 3, 701],
      [1, 21, 16, 17],
    ]) {
      const perSample = shape.length === 1 ? shape : shape.toSpliced(1, 1);
      const logits = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * (next() < 0.005 ? 400 : 30));
      const dense = Array.from(logits, () => (next() < 0.1 ? IGNORE : next() < 0.1 ? 1 : next()));
      const indices = Array.from({ length: product(perSample) }, () =>
        next() < 0.1 ? IGNORE : Math.floor(next() * (shape[1] ?? 2)),
      );
      for (const tensors of [{}, weightsOf(perSample)]) {
        const options = { class_axis: shape.length === 1 ? undefined : 1, outputs: [], soft_labels };
        await assertSweep(logitsBatch(shape, logits, shape, dense, tensors, options), `[${shape}], dense`);
        const smoothed = { ...options, label_smoothing: 0.1 };
        await assertSweep(logitsBatch(shape, logits, perSample, indices, tensors, smoothed), `[${shape}], smoothed`);
      }
    }
  });
}

test('hard labels with any gamma are served as well', async () => {
  const next = numbers(6);
  const shape = [900, 7];
  const logits = Float32Array.from({ length: product(shape) }, () => 20 * (next() - 0.5));
  const labels = Array.from(logits, () => (next() < 0.1 ? IGNORE : Number(next() < 0.3)));
  for (const soft_labels of ['interpolated', 'termwise']) {
    const batch = logitsBatch(shape, logits, shape, labels, {}, { outputs: [], soft_labels });
    await sweepConforms(batch, [0.7, 5.5, 8], { tolerance, hardLabels: true, kernel: 'soft' }, soft_labels);
  }
});

test('with any number of threads the sums are the same bytes, whatever else the sweep has', async () => {
  const [samples, classes] = [70_000, 9]; // Five parts.
  const next = numbers(8);
  const logits = Float32Array.from({ length: samples * classes }, () => 20 * (next() - 0.5));
  const labels = Float32Array.from(logits, next);
  const batch = logitsBatch([samples, classes], logits, [samples, classes], labels, {}, { outputs: [] });
  const gammas = Array.from({ length: 20 }, (_, i) => i / 4); // More than one call takes.
  const expected = await sumsOfSweep(1, batch, gammas, false);
  for (const threads of [2, 3]) assert.deepEqual(await sumsOfSweep(threads, batch, gammas, false), expected);
  const last = await sumsOfSweep(1, batch, gammas.slice(-1), false);
  assert.deepEqual(last, expected.subarray(-last.length));
});
