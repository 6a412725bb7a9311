import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { type BatchTensors, prepareBatch } from '../../src/loss/prepare-batch.ts';
import { findWarnings } from '../../src/loss/warnings/find-warnings.ts';

const LOGITS = [0.5, -1, 2, 0, 1, -2];

function prepare(weights: Partial<BatchTensors>, labels: readonly number[], options: object = {}): Batch {
  return prepareBatch(optionsSchema.parse({ normalizer: 'weights', ...options }), {
    source: 'logits',
    predictions: { shape: [3, 2], format: 'F32', values: Float32Array.from(LOGITS) },
    labels: { shape: labels.length === 3 ? [3] : [3, 2], values: Float64Array.from(labels) },
    ...weights,
  });
}

const tensor = (shape: readonly number[], ...values: number[]) => ({ shape, values: Float64Array.from(values) });
const ELEMENTS = tensor([3, 2], 1, 2, 3, 4, 5, 6);
const INDICES = [0, 1, -100];
const DENSE = [0, 1, -100, 1, 0, 0];

test('the denominator is the sum over elements that are not ignored of both weights', () => {
  const denominator = (weights: Partial<BatchTensors>, labels: readonly number[], options?: object) =>
    prepare(weights, labels, options).denominator;
  assert.equal(denominator({ element_weights: ELEMENTS }, DENSE), 18);
  assert.equal(denominator({ element_weights: ELEMENTS }, [0, 0.5, -100, 1, 0, 0]), 18);
  assert.equal(denominator({ element_weights: ELEMENTS }, INDICES), 10);
  const both = { element_weights: ELEMENTS, sample_weights: tensor([3], 1, 10, 0.5) };
  assert.equal(denominator(both, DENSE), 3 + 40 + 5.5);
  assert.equal(denominator(both, DENSE, { normalizer: 'elements' }), 5);
});

test('sums over channels first follow the positions of samples', () => {
  const element_weights = tensor([1, 2, 3], 1, 2, 3, 4, 5, 6);
  const sample_weights = tensor([1, 3], 1, 10, 100);
  const batch = prepareBatch(optionsSchema.parse({ normalizer: 'weights', class_axis: 1 }), {
    source: 'logits',
    predictions: { shape: [1, 2, 3], format: 'F32', values: Float32Array.from(LOGITS) },
    labels: { shape: [1, 3], values: Float64Array.of(0, -100, 1) },
    element_weights,
    sample_weights,
  });
  assert.equal(batch.denominator, 1 + 300 + 4 + 600);
});

test('the largest weight is known', () => {
  const { maxElementWeight, elementWeights, maxSampleWeight } = prepare({ element_weights: ELEMENTS }, DENSE);
  assert.deepEqual([maxElementWeight, maxSampleWeight], [6, undefined]);
  assert.deepEqual(elementWeights, Float32Array.of(1, 2, 3, 4, 5, 6));
});

for (const [what, weights, options, message] of [
  [
    'a wrong shape',
    { element_weights: tensor([2, 3], 1, 2, 3, 4, 5, 6) },
    {},
    '/element_weights: expected one weight per element, shape [3, 2] (that of logits), got [2, 3]',
  ],
  [
    'one per sample',
    { element_weights: tensor([3], 1, 2, 3) },
    {},
    '/element_weights: expected one weight per element, shape [3, 2] (that of logits), got [3]; one weight per sample is "sample_weights"',
  ],
  [
    'sample weights for each element',
    { sample_weights: ELEMENTS },
    {},
    '/sample_weights: expected one weight per sample, shape [3] (that of logits without the class axis), got [3, 2]; one weight per element is "element_weights"',
  ],
  [
    'softmax',
    { element_weights: ELEMENTS },
    { activation: 'softmax' },
    '/element_weights: expected none with activation "softmax", under which a sample has one loss; got shape [3, 2]: use sample_weights, or class_weights',
  ],
  [
    'a negative weight',
    { element_weights: tensor([3, 2], 1, 2, 3, -0.5, 5, 6) },
    {},
    '/element_weights/1/1: expected a number ≥ 0, finite as float32, got -0.5',
  ],
  [
    'NaN',
    { element_weights: tensor([3, 2], 1, 2, 3, 4, 5, Number.NaN) },
    {},
    '/element_weights/2/1: expected a number ≥ 0, finite as float32, got NaN',
  ],
  [
    'a weight that float32 does not hold',
    { element_weights: tensor([3, 2], 1e39, 2, 3, 4, 5, 6) },
    {},
    '/element_weights/0/0: expected a number ≥ 0, finite as float32, got 1e+39',
  ],
] as const) {
  test(`${what} is rejected`, () => {
    assert.throws(() => prepare(weights, INDICES, options), { code: 'invalid_request', message });
  });
}

test('weights that are all 0 are a warning of their own', () => {
  const warnings = (weights: Partial<BatchTensors>, options: object) =>
    findWarnings(prepare(weights, DENSE, options), undefined).map(({ code, pointer }) => `${code} ${pointer}`);
  const none = tensor([3, 2], 0, 0, 0, 0, 0, 0);
  for (const normalizer of ['weights', 'elements']) {
    assert.deepEqual(warnings({ element_weights: none }, { normalizer }), ['everything_ignored /element_weights']);
    assert.deepEqual(warnings({ element_weights: ELEMENTS }, { normalizer }), []);
  }
  const sample_weights = tensor([3], 0, 0, 0);
  assert.deepEqual(warnings({ sample_weights, element_weights: ELEMENTS }, {}), ['everything_ignored /sample_weights']);
});
