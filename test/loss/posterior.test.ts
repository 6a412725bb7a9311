import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { logitsBatch, referenceEvaluation } from '../helpers/engine/batches.ts';

const X = [-3.5, -2, -0.3, 0, 0.4, 1.5, 3, 4];
const ROWS = [0.3, -1, 2, 0, 0, 0, 4, 4.5, 1, -1, 3, 2];
const LOSSES: readonly (readonly [object, object])[] = [
  [{}, {}],
  [{ gamma: 0 }, {}],
  [{ gamma: 0.5, alpha: 0.9 }, {}],
  [{ gamma: 5, alpha: null }, { soft_labels: 'termwise' }],
];

function posteriorOf(activation: string, shape: number[], logits: number[], tensors: object, options: object = {}) {
  const labels = new Array<number>(shape[0]!).fill(0);
  const batch = logitsBatch(shape, logits, [shape[0]!], labels, tensors, {
    ...options,
    activation,
    outputs: ['posterior'],
  });
  return referenceEvaluation(batch).arrays.posterior!;
}

// With the posteriors as labels the loss is the expected loss, and the predictions minimise it.
for (const [tensors, options] of LOSSES) {
  for (const [activation, shape, logits] of [
    ['sigmoid', [X.length], X],
    ['softmax', [4, 3], ROWS],
  ] as const) {
    test(`${activation}: the expected loss under the posterior is smallest at p, ${JSON.stringify(tensors)}`, () => {
      const given = activation === 'softmax' ? { ...tensors, alpha: null } : tensors;
      const posterior = posteriorOf(activation, [...shape], [...logits], given, options);
      const expected = { activation, soft_labels: activation === 'sigmoid' ? 'termwise' : 'interpolated' };
      const batch = logitsBatch(shape, logits, shape, posterior, given, {
        ...expected,
        reduction: 'sum',
        outputs: ['gradients', 'elementwise'],
      });
      const { gradients } = referenceEvaluation(batch).arrays;
      // Labels are float32.
      for (const gradient of gradients!) assert.ok(Math.abs(gradient) < 2e-7, `${gradient}`);
      const wrong = { ...batch, labels: (batch.labels as Float32Array).map((y) => 0.9 * y + 0.05) };
      const { gradients: others } = referenceEvaluation(wrong).arrays;
      assert.ok(others!.filter((gradient) => Math.abs(gradient) > 1e-4).length >= 6);
    });
  }
}

test('class weights are weights of classes under softmax, and cancel under sigmoid', () => {
  const class_weights = { shape: [3], values: Float32Array.of(1, 0.5, 2) };
  const alpha = { shape: [3], values: Float64Array.of(0.5, 0.25, 1) };
  const byAlpha = posteriorOf('softmax', [4, 3], ROWS, { alpha });
  posteriorOf('softmax', [4, 3], ROWS, { class_weights, alpha: null }).forEach((value, i) => {
    assert.ok(Math.abs(value - byAlpha[i]!) < 1e-14);
  });
  const zero = { shape: [3], values: Float32Array.of(1, 0, 2) };
  assert.deepEqual(
    posteriorOf('sigmoid', [4, 3], ROWS, { class_weights: zero }),
    posteriorOf('sigmoid', [4, 3], ROWS, {}),
  );
});

for (const activation of ['sigmoid', 'softmax']) {
  for (const gamma of [0, 0.1, 2, 20, { shape: [4], values: Float64Array.of(0, 1, 3, 50) }]) {
    const name = typeof gamma === 'number' ? gamma : 'one for each class';
    test(`${activation}: the initial logits have the priors as posteriors, gamma ${name}`, () => {
      const labels = [0, 0, 0, 1, 3, 3, 3, 3, 3, 3, -100, 3, 0];
      const tensors = { gamma, alpha: { shape: [4], values: Float64Array.of(0.25, 0.9, 0.5, 0.01) } };
      const options = { activation, outputs: ['per_class', 'posterior'] };
      const logits = new Array<number>(52).fill(0);
      const batch = logitsBatch([13, 4], logits, [13], labels, tensors, options);
      const { prior, initial_logit } = summarize(batch, referenceEvaluation(batch)).per_class!;
      assert.deepEqual([...prior!], [4 / 12, 1 / 12, 0, 7 / 12]);
      assert.ok(Number.isNaN(initial_logit![2]));
      const initial = initial_logit!.map((x) => (Number.isNaN(x) ? -1e4 : x));
      if (activation === 'softmax') assert.ok(Math.abs(initial.reduce((sum, x) => sum + Math.exp(x), 0) - 1) < 1e-12);
      const again = { ...batch, predictions: Float32Array.from(logits, (_, i) => initial[i % 4]!) };
      const posterior = referenceEvaluation(again).arrays.posterior!;
      prior!.forEach((value, c) => {
        assert.ok(Math.abs(posterior[c]! - value) < 1e-5, `${c}: expected ${value}, got ${posterior[c]}`);
      });
    });
  }
}

test('priors of classes that are always or never positive, or never labelled', () => {
  const sigmoid = logitsBatch(
    [2, 3],
    [0, 0, 0, 0, 0, 0],
    [2, 3],
    [1, 0, -100, 1, 0, -100],
    {},
    {
      outputs: ['per_class', 'posterior'],
    },
  );
  const ofSigmoid = summarize(sigmoid, referenceEvaluation(sigmoid)).per_class!;
  assert.deepEqual([...ofSigmoid.prior!], [1, 0, Number.NaN]);
  assert.deepEqual([...ofSigmoid.initial_logit!], [Number.NaN, Number.NaN, Number.NaN]);
  const options = { activation: 'softmax', outputs: ['per_class', 'posterior'] };
  const softmax = logitsBatch([2, 3], [0, 0, 0, 0, 0, 0], [2], [1, 1], {}, options);
  const ofSoftmax = summarize(softmax, referenceEvaluation(softmax)).per_class!;
  assert.deepEqual([...ofSoftmax.prior!], [0, 1, 0]);
  assert.deepEqual([...ofSoftmax.initial_logit!], [Number.NaN, 0, Number.NaN]);
});

const HARD = [1, 0];
const SOFT = [0.5, 0];
const REJECTED: readonly (readonly [object, object, number[], string])[] = [
  [{ gamma: { positive: 1, negative: 2 } }, {}, HARD, '/gamma'],
  [{}, { margin: 0.05 }, HARD, '/margin'],
  [{}, { poly_epsilon: 1 }, HARD, '/poly_epsilon'],
  [{}, { label_smoothing: 0.1, soft_labels: 'termwise' }, HARD, '/label_smoothing'],
  [{}, { focusing: 'detached' }, HARD, '/focusing'],
  [{}, { soft_labels: 'varifocal' }, HARD, '/soft_labels'],
  [{}, { soft_labels: 'matchability' }, HARD, '/soft_labels'],
  [{}, { soft_labels: 'quality' }, SOFT, '/soft_labels'],
  [{}, {}, SOFT, '/soft_labels'],
  [{ alpha: 0 }, {}, HARD, '/alpha'],
  [{ alpha: 1 }, {}, HARD, '/alpha'],
  [{ alpha: { shape: [2], values: Float64Array.of(0.5, 1) } }, {}, HARD, '/alpha/1'],
  [{ alpha: { balanced: true } }, {}, [1, 1], '/alpha'],
  [{ alpha: 0 }, { activation: 'softmax' }, HARD, '/alpha'],
  [
    { class_weights: { shape: [2], values: Float32Array.of(0, 1) } },
    { activation: 'softmax' },
    HARD,
    '/class_weights/0',
  ],
];

for (const [tensors, options, labels, pointer] of REJECTED) {
  const shape = [1, 2];
  const prepare = (outputs: string[]) =>
    prepareBatch(optionsSchema.parse({ ...options, outputs }), {
      source: 'logits',
      predictions: { format: 'F32', shape, values: Float32Array.of(0.5, -1) },
      labels: { shape, values: Float64Array.from(labels) },
      ...tensors,
    });
  test(`no posterior, and no calibration of it: ${JSON.stringify(tensors)} ${JSON.stringify(options)} ${labels}`, () => {
    assert.throws(
      () => prepare(['posterior']),
      (error) => {
        assert.ok(error instanceof ServiceError);
        assert.deepEqual(
          error.issues?.map((issue) => issue.pointer),
          [pointer],
        );
        assert.match(error.message, /"posterior"/);
        return true;
      },
    );
    const batch = prepare(['calibration']);
    const { calibration } = summarize(batch, referenceEvaluation(batch));
    assert.deepEqual(Object.keys(calibration!), ['predicted']);
  });
}

test('the detached Hessian changes no optimum', () => {
  assert.deepEqual(
    posteriorOf('sigmoid', [X.length], X, {}, { hessian_form: 'detached' }),
    posteriorOf('sigmoid', [X.length], X, {}),
  );
});
