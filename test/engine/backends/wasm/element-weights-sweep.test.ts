import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepLabels } from '../../../../src/engine/backends/wasm/sweep-labels.ts';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { asProbabilities, makeBatch, perElement } from '../../../helpers/engine/layout-batches.ts';
import { sigmoidSumsOfTerms } from '../../../helpers/engine/soft-sigmoid-magnitudes.ts';
import { numbers, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 2, 3.5];
const tolerance = { ...TOLERANCES.wasm, totals: 2 * TOLERANCES.wasm.arrays };
const LAYOUTS = [
  ...[2, 4, 5, 7, 80, 261].map((classes) => ({ shape: [Math.ceil(4096 / classes) + (classes % 9), classes], axis: 1 })),
  { shape: [2, 3, 701], axis: 1 },
  { shape: [4711], axis: 0 },
];

for (const share of [0.02, 0.5]) {
  test(`hard labels, of which ${share} are positive or ignored`, async () => {
    for (const { shape, axis } of LAYOUTS) {
      const next = numbers(product(shape));
      const classes = shape.length === 1 ? 1 : shape[axis]!;
      const logits = Array.from({ length: product(shape) }, () => (next() - 0.5) * (next() < 0.005 ? 400 : 30));
      // Sums of squares of larger weights than 4096 are those of float64.
      const large = () => (next() < 0.002 ? 1e5 : 1);
      const values = Float64Array.from(logits, () => (next() < 0.2 ? 0 : 2 * next() * large()));
      const element_weights = { shape, values };
      const dense = logits.map(() => (next() >= share ? 0 : next() < 0.2 ? -100 : 1));
      const options = { outputs: [], class_axis: shape.length === 1 ? -1 : axis };
      const batches = { dense: logitsBatch(shape, logits, shape, dense, { element_weights }, options) };
      const expectations = { tolerance, hardLabels: true, kernel: 'hard' } as const;
      await sweepConforms(batches.dense, GAMMAS, expectations, `[${shape}], dense`);
      if (classes === 1) continue;
      const perSample = shape.toSpliced(axis, 1);
      const indices = Array.from({ length: product(perSample) }, () =>
        next() < 0.05 ? -100 : Math.floor(next() * (classes + (share < 0.1 ? 3 * classes : 1))),
      ).map((index) => Math.min(index, classes));
      const withBackground = { ...options, background_index: classes };
      const byIndex = logitsBatch(shape, logits, perSample, indices, { element_weights }, withBackground);
      await sweepConforms(byIndex, GAMMAS, expectations, `[${shape}], indices`);
    }
  });
}

test('soft labels of every form, and probabilities', async () => {
  for (const layout of [{ shape: [70, 7] }, { shape: [2, 5, 31], axis: 1 }]) {
    for (const soft_labels of ['interpolated', 'termwise', 'quality']) {
      const logits = makeBatch(layout, 'soft', { outputs: [], soft_labels }, perElement(layout));
      for (const batch of [logits, asProbabilities(logits)]) {
        const expectations = { tolerance, hardLabels: false, kernel: 'soft', magnitudes: sigmoidSumsOfTerms } as const;
        await sweepConforms(batch, [0, 1, 1.3, 2], { ...expectations, alphas: 2 }, `${soft_labels}, [${layout.shape}]`);
      }
    }
  }
});

test('beside sample weights, pairs are evaluated one by one', () => {
  const shape = [900, 5];
  const batch = makeBatch({ shape }, 'index', { outputs: [] }, { ...weightsOf([900]), ...perElement({ shape }) });
  assert.equal(sweepLabels({ ...batch, gradientSquares: true }, batch, true), undefined);
  const { sampleWeights, ...alone } = batch;
  assert.equal(sweepLabels({ ...alone, gradientSquares: true }, batch, true), 'hard');
});
