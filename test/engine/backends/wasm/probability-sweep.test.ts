import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { sigmoidSumsOfTerms } from '../../../helpers/engine/soft-sigmoid-magnitudes.ts';
import { numbers, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernel that evaluates many γ of sigmoid at once, for probabilities.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 0.7, 1, 2, 2.5, 3.7, 5, 8];
const QUALITY_GAMMAS = [0, 1, 1.2, 1.5, 2, 3, 3.7, 5];
const IGNORE = -100;
const expectations = {
  tolerance: TOLERANCES.wasm,
  hardLabels: false,
  kernel: 'soft',
  alphas: 3,
  magnitudes: sigmoidSumsOfTerms,
} as const;

for (const soft_labels of ['interpolated', 'termwise', 'quality']) {
  const gammas = soft_labels === 'quality' ? QUALITY_GAMMAS : GAMMAS;

  test(`${soft_labels}: sums of equal elements are those of the reference, from 0 to 1`, async () => {
    for (const probability of [0, 1e-30, 1e-7, 1e-3, 0.3, 0.5, 0.7, 0.999, 1 - 2 ** -24, 1]) {
      for (const label of [0, 1e-4, 0.3, 0.5, 0.7, 0.999, 1]) {
        const values = new Float64Array(5).fill(probability);
        const labels = new Float64Array(5).fill(label);
        for (const epsilon of [1e-7, 1e-15]) {
          const options = { outputs: [], soft_labels, epsilon };
          const batch = logitsBatch([5], values, [5], labels, { source: 'probabilities' }, options);
          await sweepConforms(batch, gammas, expectations, `p ${probability}, label ${label}, epsilon ${epsilon}`);
        }
      }
    }
  });

  test(`${soft_labels}: right in every layout, for dense labels, hard ones and smoothed indices`, async () => {
    const next = numbers(5);
    for (const shape of [[1], [4097], [9, 1], [70, 2], [300, 5], [7, 80], [2, 3, 701], [1, 21, 16, 17]]) {
      const perSample = shape.length === 1 ? shape : shape.toSpliced(1, 1);
      const values = Float32Array.from({ length: product(shape) }, () => (next() < 0.1 ? Math.round(next()) : next()));
      const dense = Array.from(values, () => (next() < 0.1 ? IGNORE : next() < 0.3 ? Math.round(next()) : next()));
      const indices = Array.from({ length: product(perSample) }, () =>
        next() < 0.1 ? IGNORE : Math.floor(next() * (shape[1] ?? 2)),
      );
      for (const weights of [{}, weightsOf(perSample)]) {
        const tensors = { ...weights, source: 'probabilities' } as const;
        const options = { class_axis: shape.length === 1 ? undefined : 1, outputs: [], soft_labels };
        await sweepConforms(
          logitsBatch(shape, values, shape, dense, tensors, options),
          gammas,
          expectations,
          `[${shape}], dense`,
        );
        for (const label_smoothing of [0, 0.1]) {
          const batch = logitsBatch(shape, values, perSample, indices, tensors, { ...options, label_smoothing });
          await sweepConforms(batch, gammas, expectations, `[${shape}], indices, smoothing ${label_smoothing}`);
        }
      }
    }
  });
}
