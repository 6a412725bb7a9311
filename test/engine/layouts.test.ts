import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { allows, asProbabilities, makeBatch, perClass, SHAPES, SUBSETS } from '../helpers/engine/layout-batches.ts';
import { assertMatchesReference } from '../helpers/engine/reference-backend.ts';

// The embedded backend's kernels, in every way through them; conformance.test.ts has fewer, of every backend.

await wasmBackend.start();

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;

/** Those that the fused kernels take, and what only the general ones do: soft labels, smoothing, probabilities. */
const KINDS: readonly {
  name: string;
  make: (layout: (typeof SHAPES)[number], options: object, tensors?: object) => Batch;
}[] = [
  { name: 'class indices', make: (layout, options, tensors) => makeBatch(layout, 'index', options, tensors) },
  { name: 'dense labels', make: (layout, options, tensors) => makeBatch(layout, 'dense', options, tensors) },
  { name: 'soft labels', make: (layout, options, tensors) => makeBatch(layout, 'soft', options, tensors) },
  {
    name: 'smoothed indices',
    make: (layout, options, tensors) => makeBatch(layout, 'index', { ...options, label_smoothing: 0.1 }, tensors),
  },
  {
    name: 'smoothed dense labels',
    make: (layout, options, tensors) => makeBatch(layout, 'dense', { ...options, label_smoothing: 0.2 }, tensors),
  },
  {
    name: 'probabilities',
    make: (layout, options, tensors) => asProbabilities(makeBatch(layout, 'index', options, tensors)),
  },
  {
    name: 'probabilities with soft labels and smoothing',
    make: (layout, options, tensors) =>
      asProbabilities(makeBatch(layout, 'soft', { ...options, label_smoothing: 0.3 }, tensors)),
  },
];

/** The gradient of a soft label has a root, as the Hessian has. */
function assertSoft(batch: Batch, name: string): Promise<void> {
  return assertMatchesReference(batch, name, ['gradients', 'hessian']);
}

for (const activation of ACTIVATIONS) {
  for (const { name, make } of KINDS) {
    test(`${activation}, ${name}: right in every layout`, async () => {
      for (const layout of SHAPES.filter((shape) => allows(activation, shape))) {
        await assertSoft(make(layout, { activation }), `[${layout.shape}]`);
      }
    });

    test(`${activation}, ${name}: any subset of the outputs`, async () => {
      for (const outputs of SUBSETS) {
        for (const layout of [{ shape: [7, 5] }, { shape: [3, 2, 9], axis: 1 }]) {
          const batch = make(layout, { activation, outputs });
          await assertSoft(batch, outputs.join());
          await assertSoft({ ...batch, gradientSquares: true }, `${outputs}, squares`);
        }
      }
    });

    test(`${activation}, ${name}: weights and options per class`, async () => {
      for (const layout of [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }]) {
        for (const gamma of [
          [0, 1.5, 1, 2, 3.7],
          [3, 3, 3, 3, 3],
          [0, 0, 0, 0, 0],
        ]) {
          const tensors = { ...perClass(layout), gamma: { shape: [5], values: Float64Array.from(gamma) } };
          for (const softLabels of ['interpolated', 'termwise', ...(activation === 'sigmoid' ? ['quality'] : [])]) {
            const options = { activation, normalizer: 'weights', soft_labels: softLabels };
            await assertSoft(make(layout, options, tensors), `${softLabels}, gamma ${gamma}`);
          }
        }
      }
    });
  }

  test(`${activation}: one soft sample among hard ones, in one part of several`, async () => {
    const hard = makeBatch({ shape: [600, 300] }, 'dense', { activation });
    const labels = Float32Array.from(hard.labels);
    labels[5 * 300 + 2] = 0.75;
    labels[5 * 300 + 3] = 0.25;
    await assertSoft({ ...hard, labels }, 'one soft sample');
  });
}
