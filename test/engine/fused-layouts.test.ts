import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import { product } from '../../src/loss/layout.ts';
import { assertAsDefined, logitsBatch, pseudorandom, run } from './batches.ts';
import { IGNORE, makeBatch, SHAPES, SUBSETS } from './layout-batches.ts';

await wasmRung.start();

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;

for (const activation of ACTIVATIONS) {
  for (const labels of ['index', 'dense'] as const) {
    test(`${activation} with ${labels} labels is right in every layout`, async () => {
      for (const layout of SHAPES) {
        await assertAsDefined(makeBatch(layout, labels, { activation }), `[${layout.shape}]`);
      }
    });

    test(`${activation} with ${labels} labels computes any subset of the outputs`, async () => {
      for (const outputs of SUBSETS) {
        for (const layout of [{ shape: [7, 5] }, { shape: [3, 2, 9], axis: 1 }]) {
          const batch = makeBatch(layout, labels, { activation, outputs });
          await assertAsDefined(batch, outputs.join());
          await assertAsDefined({ ...batch, gradientSquares: true }, `${outputs}, squares`);
        }
      }
    });

    test(`${activation} with ${labels} labels takes weights and options per class`, async () => {
      for (const layout of [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }]) {
        const perSample = layout.shape.toSpliced(layout.axis ?? -1, 1);
        const weights = Array.from({ length: product(perSample) }, (_, i) => (i % 4) / 2);
        for (const gamma of [
          [0, 0.5, 1, 2, 3.7],
          [3, 3, 3, 3, 3],
          [0, 0, 0, 0, 0],
        ]) {
          const tensors = {
            sample_weights: { shape: perSample, values: Float64Array.from(weights) },
            class_weights: { shape: [5], values: Float64Array.of(1, 0, 0.5, 7, 2) },
            gamma: { shape: [5], values: Float64Array.from(gamma) },
            alpha: { shape: [5], values: Float64Array.of(0.1, 0.25, 0.5, 0.9, 1) },
          };
          const batch = makeBatch(layout, labels, { activation, normalizer: 'weights' }, tensors);
          await assertAsDefined(batch, `gamma ${gamma}`);
        }
      }
    });
  }

  test(`${activation} gives the same bytes again`, async () => {
    const batch = makeBatch({ shape: [3000, 41] }, 'index', { activation });
    const [first, second] = [await run(batch), await run(batch)];
    assert.deepEqual(second, first);
  });
}

test('one class of many samples is right', async () => {
  const random = pseudorandom();
  const logits = Array.from({ length: 200_001 }, () => (random.next().value - 0.5) * 20);
  const labels = logits.map((_, i) => (i % 17 === 0 ? IGNORE : Number(i % 5 === 0)));
  await assertAsDefined(logitsBatch([logits.length], logits, [logits.length], labels), 'rank 1');
});

test('the extremes of gamma and of float32 are right, and nothing is NaN', async () => {
  const random = pseudorandom(7);
  const next = () => random.next().value;
  const logit = () => {
    const [kind, sign] = [next(), next() < 0.5 ? -1 : 1];
    if (kind < 0.1) return 0;
    if (kind < 0.2) return sign * 3.4028234663852886e38;
    return sign * (kind < 0.6 ? 10 ** (next() * 83 - 45) : next() * 100);
  };
  for (const activation of ACTIVATIONS) {
    for (const classes of [1, 2, 5]) {
      const logits = Array.from({ length: 500 * classes }, logit);
      const labels = Array.from({ length: 500 }, () => Math.floor(next() * classes));
      for (const gamma of [0, 1e-30, 0.3, 7.7, 1e4, 1e38]) {
        const options = { activation, reduction: 'sum', outputs: ['gradients', 'elementwise', 'per_class'] };
        const tensors = { gamma, alpha: 0.5 };
        const batch = logitsBatch([500, classes], logits, [500], labels, tensors, options);
        await assertAsDefined(batch, `${activation}, gamma ${gamma}, ${classes} classes`);
      }
    }
  }
});
