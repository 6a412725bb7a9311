import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import { product } from '../../src/loss/layout.ts';
import { assertAsDefined, logitsBatch, pseudorandom, run } from './batches.ts';

await wasmRung.start();

const IGNORE = -100;
const BACKGROUND = 999;
const ACTIVATIONS = ['sigmoid', 'softmax'] as const;

/** Shapes whose sizes fill vectors, leave a lane over, or are fewer than a vector; with one class, two, and tiles of them. */
const SHAPES = [
  { shape: [9, 4] },
  { shape: [7, 3] },
  { shape: [5, 1] },
  { shape: [6, 2] },
  { shape: [3, 1000] },
  { shape: [3, 257] },
  { shape: [1, 128] },
  { shape: [2, 3, 8], axis: 1 },
  { shape: [2, 4, 7], axis: 1 },
  { shape: [2, 1, 5], axis: 1 },
  { shape: [4, 3, 1], axis: 1 },
  { shape: [6, 5, 3], axis: 0 },
  { shape: [2, 3, 2, 5], axis: 1 },
  { shape: [2, 3, 5] },
];

interface Case {
  readonly shape: readonly number[];
  readonly axis?: number;
}

function makeBatch({ shape, axis = -1 }: Case, labels: 'index' | 'dense', options: object = {}, tensors: object = {}) {
  const random = pseudorandom(product(shape));
  const next = () => random.next().value;
  const classes = shape.at(axis)!;
  const perSample = shape.toSpliced(axis, 1);
  const samples = product(perSample);
  const { activation = 'sigmoid' } = options as { activation?: string };
  const logits = Array.from({ length: product(shape) }, () => (next() - 0.5) * 30);
  const index = Array.from({ length: samples }, () => {
    const draw = next();
    if (draw < 0.15) return IGNORE;
    if (draw < 0.3 && activation === 'sigmoid' && labels === 'index') return BACKGROUND;
    return Math.floor(next() * classes);
  });
  const inner = axis === -1 ? 1 : product(shape.slice(axis + 1));
  const oneHot = logits.map((_, at) => {
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    if (index[sample] === IGNORE) return IGNORE;
    return Number(index[sample] === Math.floor(at / inner) % classes);
  });
  const multiLabel = logits.map(() => (next() < 0.1 ? IGNORE : Number(next() < 0.4)));
  const dense = activation === 'softmax' ? oneHot : multiLabel;
  const labelOptions = labels === 'index' && activation === 'sigmoid' ? { background_index: BACKGROUND } : {};
  return logitsBatch(
    shape,
    logits,
    labels === 'index' ? perSample : shape,
    labels === 'index' ? index : dense,
    tensors,
    { class_axis: axis, ...labelOptions, ...options },
  );
}

for (const activation of ACTIVATIONS) {
  for (const labels of ['index', 'dense'] as const) {
    test(`${activation} with ${labels} labels is right in every layout`, async () => {
      for (const layout of SHAPES) {
        await assertAsDefined(makeBatch(layout, labels, { activation }), `[${layout.shape}]`);
      }
    });

    test(`${activation} with ${labels} labels computes any subset of the outputs`, async () => {
      const subsets = [
        ['loss'],
        ['gradients'],
        ['per_class'],
        ['loss', 'gradients', 'per_class'],
        ['gradients', 'hessian'],
        ['elementwise'],
        ['loss', 'hessian', 'per_class'],
      ];
      for (const outputs of subsets) {
        for (const layout of [{ shape: [7, 5] }, { shape: [3, 2, 9], axis: 1 }]) {
          await assertAsDefined(makeBatch(layout, labels, { activation, outputs }), outputs.join());
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

  test(`${activation} falls back to the definition for soft labels and smoothing`, async () => {
    const shape = [600, 300]; // Two parts and more, of which one has a soft label.
    const hard = makeBatch({ shape }, 'dense', { activation });
    const labels = Float32Array.from(hard.labels);
    labels[5 * 300 + 2] = 0.75;
    labels[5 * 300 + 3] = 0.25;
    await assertAsDefined({ ...hard, labels }, 'one soft sample');
    await assertAsDefined(makeBatch({ shape: [6, 4] }, 'index', { activation, label_smoothing: 0.1 }), 'smoothing');
  });

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
