import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from './published.ts';

// Docstrings of keras.losses.CategoricalFocalCrossentropy and categorical_focal_crossentropy, Keras 3.15.1.
// A scalar alpha multiplies the true class, whichever it is; it is the scalar alpha of softmax here.

const service = await startTestService();

const keras = { activation: 'softmax', alpha: 0.25, gamma: 2 };
const batch = {
  probabilities: [
    [0.05, 0.95, 0],
    [0.1, 0.8, 0.1],
  ],
  labels: [
    [0, 1, 0],
    [0, 0, 1],
  ],
  ...keras,
};

test('Keras, CategoricalFocalCrossentropy docstring: the default mean is over samples', async () => {
  assertPublished((await service.focalLoss(batch)).loss, '0.23315276');
});

test('Keras, CategoricalFocalCrossentropy docstring, sample_weight: the mean divides by the samples, not by the weights', async () => {
  assertPublished((await service.focalLoss({ ...batch, sample_weights: [0.3, 0.7] })).loss, '0.1632');
});

test("Keras, CategoricalFocalCrossentropy docstring, reduction='sum'", async () => {
  assertPublished((await service.focalLoss({ ...batch, reduction: 'sum' })).loss, '0.46631');
});

test('Keras, CategoricalFocalCrossentropy docstring, reduction=None: the elementwise losses', async () => {
  const { elementwise } = await service.focalLoss({ ...batch, reduction: 'none', outputs: ['elementwise'] });
  assertPublished(elementwise, 'array([3.2058331e-05, 4.6627346e-01]');
});

test('Keras, CategoricalFocalCrossentropy docstring: class indices mean what the one-hot labels mean', async () => {
  assertPublished((await service.focalLoss({ ...batch, labels: [1, 2] })).loss, '0.23315276');
});

test('Keras, categorical_focal_crossentropy docstring', async () => {
  const probabilities = [
    [0.05, 0.9, 0.05],
    [0.1, 0.85, 0.05],
  ];
  const { elementwise } = await service.focalLoss({
    probabilities,
    labels: batch.labels,
    ...keras,
    outputs: ['elementwise'],
  });
  assertPublished(elementwise, 'array([2.63401289e-04, 6.75912094e-01]');
});

test('Keras, CategoricalFocalCrossentropy(from_logits=True): the logits of those probabilities give the same', async () => {
  const probabilities = [
    [0.05, 0.9, 0.05],
    [0.1, 0.85, 0.05],
  ];
  const logits = probabilities.map((row) => row.map(Math.log));
  const { elementwise } = await service.focalLoss({ logits, labels: [1, 2], ...keras, outputs: ['elementwise'] });
  assertRelative(elementwise, [2.63401289e-4, 6.75912094e-1]);
});
