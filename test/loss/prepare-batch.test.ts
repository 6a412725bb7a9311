import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceError } from '../../src/core/service-error.ts';
import { BACKGROUND, type Batch, IGNORED } from '../../src/loss/batch.ts';
import { emptyEvaluation } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { evaluateReference } from '../../src/loss/reference.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { close } from '../helpers/loss/derivatives.ts';

/** Four samples of two classes: one ignored, one background. */
function indexed(options: object): Batch {
  return prepareBatch(optionsSchema.parse({ background_index: 9, ...options }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [4, 2], values: Float32Array.of(1, -1, 2, 0, -3, 1, 0.5, 0.5) },
    labels: { shape: [4], values: Float64Array.of(0, -100, 9, 1) },
    sample_weights: { shape: [4], values: Float32Array.of(1, 10, 2, 0.5) },
  });
}

/** The same numbers as one image, channels first, with single elements ignored. */
function dense(options: object): Batch {
  return prepareBatch(optionsSchema.parse({ class_axis: 0, ...options }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [2, 2, 2], values: Float32Array.of(1, -1, 2, 0, -3, 1, 0.5, 0.5) },
    labels: { shape: [2, 2, 2], values: Float64Array.of(1, -100, 0, 0.4, 1, -100, -100, 0.5) },
  });
}

test('labels are converted to those of a batch', () => {
  assert.deepEqual([...indexed({}).labels], [0, IGNORED, BACKGROUND, 1]);
  assert.deepEqual([...dense({}).labels], [1, -1, 0, Math.fround(0.4), 1, -1, -1, 0.5]);
});

test('an output is in a batch once, however often it is requested', () => {
  assert.deepEqual(indexed({ outputs: Array(1000).fill('loss') }).outputs, ['loss']);
});

test('counts: an ignored sample is ignored in every class; a positive is y ≥ 0.5', () => {
  assert.deepEqual(indexed({}).counts, { samples: 4, classes: 2, elements: 8, ignored: 2, positives: 2 });
  assert.deepEqual(dense({}).counts, { samples: 4, classes: 2, elements: 8, ignored: 3, positives: 3 });
});

test('the denominator is what the normalizer names, without ignored elements', () => {
  const denominators = (make: (options: object) => Batch) =>
    ['elements', 'samples', 'positives', 'weights', 7.5].map((normalizer) => make({ normalizer }).denominator);
  assert.deepEqual(denominators(indexed), [6, 3, 2, 3.5, 7.5]);
  assert.deepEqual(denominators(dense), [5, 3, 3, 3, 7.5]); // Sample 1 has both of its elements ignored.
  assert.equal(indexed({}).denominator, 6);
  assert.equal(dense({ activation: 'softmax' }).denominator, 3);
  assert.deepEqual(
    ['sum', 'none'].map((reduction) => indexed({ reduction }).denominator),
    [1, 1],
  );
});

test('alpha and class weights: defaults, null, one for all, one per class', () => {
  const resolve = (activation: string, alpha?: number | null) =>
    prepareBatch(optionsSchema.parse({ activation }), {
      source: 'logits',
      predictions: { format: 'F32', shape: [1, 2], values: Float32Array.of(1, 2) },
      labels: { shape: [1], values: Float64Array.of(1) },
      class_weights: { shape: [2], values: Float64Array.of(1, 4) },
      alpha,
    }).alpha;
  assert.deepEqual([...resolve('sigmoid').positive], [0.25, 1]);
  assert.deepEqual([...resolve('sigmoid').negative], [0.75, 3]);
  assert.deepEqual([...resolve('sigmoid', null).negative], [1, 4]);
  assert.deepEqual([...resolve('softmax').positive], [1, 4]);
  assert.deepEqual([...resolve('softmax', 0.5).positive], [0.5, 2]);
});

test('with a denominator of 0 the loss is 0 and no gradient is NaN', () => {
  for (const activation of ['sigmoid', 'softmax']) {
    for (const normalizer of ['elements', 'samples', 'positives', 'weights']) {
      for (const [label, weight] of [
        [-100, 1],
        [0, 0],
      ] as const) {
        const outputs = ['loss', 'gradients', 'per_class', 'hessian'];
        const batch = prepareBatch(optionsSchema.parse({ activation, normalizer, outputs }), {
          source: 'logits',
          predictions: { format: 'F32', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
          labels: { shape: [2], values: Float64Array.of(label, label) },
          sample_weights: { shape: [2], values: Float32Array.of(weight, weight) },
        });
        const { arrays, sums } = evaluateReference(
          batch,
          emptyEvaluation(batch, (length) => new Float64Array(length)),
        );
        const summary = summarize(batch, { sums });
        assert.equal(summary.loss, 0);
        assert.ok([...arrays.gradients!, ...arrays.hessian!].every((value) => value === 0));
        const { 'loss.share': shares, 'loss.total': totals } = summary.per_class!;
        assert.ok(shares.every(Number.isNaN) && totals.every((total) => total === 0));
      }
    }
  }
});

test('softmax with soft labels: the losses of the classes add up to the loss', () => {
  const batch = prepareBatch(optionsSchema.parse({ activation: 'softmax', label_smoothing: 0.1 }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [2, 3], values: Float32Array.of(1, -1, 2, 0, -3, 1) },
    labels: { shape: [2, 3], values: Float64Array.of(0.2, 0.1, 0.7, 0.6, 0.4, 0) },
  });
  const { sums } = evaluateReference(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );
  const { loss, per_class: columns, counts } = summarize(batch, { sums });
  close(
    columns!['loss.total'].reduce((sum, total) => sum + total, 0),
    loss!,
    1e-14,
  );
  assert.equal(counts.positives, 2);
  assert.deepEqual(
    [columns!.true_positives, columns!.false_positives, columns!.false_negatives],
    [Float64Array.of(0, 0, 1), Float64Array.of(0, 0, 1), Float64Array.of(1, 0, 0)],
  );
});

test('softmax: an ignored label removes its own term only', () => {
  const labels = (values: number[]) => {
    const batch = prepareBatch(optionsSchema.parse({ activation: 'softmax', normalizer: 1, outputs: ['gradients'] }), {
      source: 'logits',
      predictions: { format: 'F32', shape: [1, 3], values: Float32Array.of(1, -1, 2) },
      labels: { shape: [1, 3], values: Float64Array.from(values) },
    });
    return evaluateReference(
      batch,
      emptyEvaluation(batch, (length) => new Float64Array(length)),
    ).arrays.gradients;
  };
  assert.deepEqual(labels([-100, 0.3, 0.7]), labels([0, 0.3, 0.7]));
});

test('options of the wrong length are rejected, however many classes there are', () => {
  for (const classes of [3, 600]) {
    for (const length of [classes - 1, classes + 1, 5 * classes + 1]) {
      const values = new Array(length).fill(0.5);
      const list = { shape: [length], values: Float64Array.from(values) };
      const cases = [
        { tensors: { gamma: list } },
        { tensors: { alpha: list } },
        { tensors: { class_weights: list } },
        { tensors: { alpha: { effective_number: { beta: 0.9, class_counts: new Array(length).fill(5) } } } },
      ];
      for (const { tensors } of cases) {
        const prepare = () =>
          prepareBatch(optionsSchema.parse({}), {
            source: 'logits',
            predictions: { format: 'F32', shape: [1, classes], values: new Float32Array(classes) },
            labels: { shape: [1], values: Float64Array.of(0) },
            ...(tensors as object),
          });
        assert.throws(prepare, { code: 'invalid_request' }, `${classes} classes, ${Object.keys(tensors)} of ${length}`);
      }
    }
  }
});

test('of very many wrong labels 20 values are listed and 10 000 issues counted', () => {
  const count = 50_000;
  const prepare = () =>
    prepareBatch(optionsSchema.parse({}), {
      source: 'logits',
      predictions: { format: 'F32', shape: [count], values: new Float32Array(count) },
      labels: { shape: [count], values: Float64Array.from({ length: count }, (_, i) => 2 + i) },
    });
  assert.throws(prepare, ({ issues, more }: ServiceError) => issues.length === 20 && more === 9980);
});
