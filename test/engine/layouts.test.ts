import { test } from 'node:test';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { product } from '../../src/loss/layout.ts';
import { assertAsDefined, logitsBatch, pseudorandom } from './batches.ts';
import { makeBatch, SHAPES, SUBSETS } from './layout-batches.ts';

await wasmRung.start();

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;

/** What only the general kernels take: soft labels, smoothing, probabilities, and all of them at once. */
const KINDS: readonly {
  name: string;
  make: (layout: (typeof SHAPES)[number], options: object, tensors?: object) => Batch;
}[] = [
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
    make: (layout, options, tensors) => probabilitiesOf(makeBatch(layout, 'index', options, tensors)),
  },
  {
    name: 'probabilities with soft labels and smoothing',
    make: (layout, options, tensors) =>
      probabilitiesOf(makeBatch(layout, 'soft', { ...options, label_smoothing: 0.3 }, tensors)),
  },
];

/** The gradient of a soft label has a root, as the Hessian has. */
function assertSoft(batch: Batch, name: string): Promise<void> {
  return assertAsDefined(batch, name, ['gradients', 'hessian']);
}

/** The kernels do not look at whether the probabilities of a sample add up to 1. */
function probabilitiesOf(batch: Batch): Batch {
  return { ...batch, source: 'probabilities', predictions: batch.predictions.map((x) => 1 / (1 + Math.exp(-x))) };
}

for (const activation of ACTIVATIONS) {
  for (const { name, make } of KINDS) {
    test(`${activation}, ${name}: right in every layout`, async () => {
      for (const layout of SHAPES) await assertSoft(make(layout, { activation }), `[${layout.shape}]`);
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
        const perSample = layout.shape.toSpliced(layout.axis ?? -1, 1);
        const weights = Array.from({ length: product(perSample) }, (_, i) => (i % 4) / 2);
        for (const gamma of [
          [0, 1.5, 1, 2, 3.7],
          [3, 3, 3, 3, 3],
          [0, 0, 0, 0, 0],
        ]) {
          const tensors = {
            sample_weights: { shape: perSample, values: Float64Array.from(weights) },
            class_weights: { shape: [5], values: Float64Array.of(1, 0, 0.5, 7, 2) },
            gamma: { shape: [5], values: Float64Array.from(gamma) },
            alpha: { shape: [5], values: Float64Array.of(0.1, 0.25, 0.5, 0.9, 1) },
          };
          for (const softLabels of ['interpolated', 'termwise', 'quality']) {
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

  test(`${activation}: soft labels at the extremes of gamma and of float32, and nothing is NaN`, async () => {
    const random = pseudorandom(11);
    const next = () => random.next().value;
    const logit = () => {
      const [kind, sign] = [next(), next() < 0.5 ? -1 : 1];
      if (kind < 0.1) return 0;
      if (kind < 0.2) return sign * 3.4028234663852886e38;
      return sign * (kind < 0.6 ? 10 ** (next() * 83 - 45) : next() * 100);
    };
    for (const classes of [1, 2, 5]) {
      const logits = Array.from({ length: 500 * classes }, logit);
      const labels = logits.map(() => Math.min(1, Math.max(0, next() * 1.4 - 0.2)));
      for (const gamma of [0, 1e-30, 0.3, 7.7, 1e4, 1e38]) {
        for (const form of gamma === 0 || gamma >= 1
          ? ['interpolated', 'termwise', 'quality']
          : ['interpolated', 'termwise']) {
          const options = {
            activation,
            soft_labels: form,
            reduction: 'sum',
            outputs: ['gradients', 'elementwise', 'per_class'],
          };
          const shape = [500, classes];
          const batch = logitsBatch(shape, logits, shape, labels, { gamma, alpha: 0.1 }, options);
          await assertSoft(batch, `${form}, gamma ${gamma}, ${classes} classes`);
        }
      }
    }
  });
}
