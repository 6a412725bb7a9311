import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative, rowMeans } from './published.ts';

// Docstrings of keras.losses.BinaryFocalCrossentropy and binary_focal_crossentropy, Keras 3.15.1.
// Keras leaves alpha out unless `apply_class_balancing`, so alpha is null here but in the balanced examples, where it is
// Keras' default 0.25. Keras means over the last axis before it reduces over the samples.

const service = await startTestService();

const flat = { logits: [-18.6, 0.51, 2.94, -12.8], labels: [0, 1, 0, 0] };
const square = {
  logits: [
    [-18.6, 0.51],
    [2.94, -12.8],
  ],
  labels: [
    [0, 1],
    [0, 0],
  ],
};
const off = { alpha: null };
const balanced = { alpha: 0.25 };

test('Keras, BinaryFocalCrossentropy docstring, example 1: gamma 2, the default mean', async () => {
  assertPublished((await service.focalLoss({ ...flat, ...off, gamma: 2 })).loss, '0.691');
  assertPublished((await service.focalLoss({ ...flat, ...balanced, gamma: 2 })).loss, '0.51');
});

test('Keras, BinaryFocalCrossentropy docstring, example 2: gamma 3, the default mean over samples of means over the last axis is the mean over elements', async () => {
  assertPublished((await service.focalLoss({ ...square, ...off, gamma: 3 })).loss, '0.647');
  assertPublished((await service.focalLoss({ ...square, ...balanced, gamma: 3 })).loss, '0.482');
});

test('Keras, BinaryFocalCrossentropy docstring, sample_weight: the mean divides by the elements, not by the weights', async () => {
  const weighted = { ...square, gamma: 3, sample_weights: [0.8, 0.2], normalizer: 'elements' };
  assertPublished((await service.focalLoss({ ...weighted, ...off })).loss, '0.133');
  assertPublished((await service.focalLoss({ ...weighted, ...balanced })).loss, '0.097');

  const overWeights = await service.focalLoss({ ...weighted, ...off, normalizer: 'weights' });
  assertRelative(overWeights.denominator, 0.8 + 0.2); // What Keras does not divide by.
});

test("Keras, BinaryFocalCrossentropy docstring, reduction='sum': a sum over samples of means over the last axis, so the normalizer is the number of classes", async () => {
  const summed = { ...square, gamma: 4, reduction: 'mean', normalizer: 2 };
  assertPublished((await service.focalLoss({ ...summed, ...off })).loss, '1.222');
  assertPublished((await service.focalLoss({ ...summed, ...balanced })).loss, '0.914');
});

test('Keras, BinaryFocalCrossentropy docstring, reduction=None: the elementwise losses, averaged over the last axis by the caller', async () => {
  const none = { ...square, gamma: 5, reduction: 'none', outputs: ['elementwise'] };
  const plain = await service.focalLoss({ ...none, ...off });
  const weighed = await service.focalLoss({ ...none, ...balanced });
  assertPublished(rowMeans(plain.elementwise), 'array([0.0017 1.1561]');
  // The docstring has 0.8670, which is cut off, not rounded: Keras 3.15.1 itself returns 0.86707699.
  assertPublished(rowMeans(weighed.elementwise), 'array([0.0004 0.8671]');
});

test('Keras, binary_focal_crossentropy docstring, from probabilities: gamma 2, and 0 for binary cross-entropy', async () => {
  const batch = {
    probabilities: [
      [0.6, 0.4],
      [0.4, 0.6],
    ],
    labels: [
      [0, 1],
      [0, 0],
    ],
    ...off,
    reduction: 'none',
    outputs: ['elementwise'],
  };
  const focal = rowMeans((await service.focalLoss({ ...batch, gamma: 2 })).elementwise);
  // The docstring calls it without gamma, for which 2 is the default; its values are those of gamma 0.
  const crossEntropy = rowMeans((await service.focalLoss({ ...batch, gamma: 0 })).elementwise);
  assertPublished(focal, 'array([0.330, 0.206]');
  assertPublished(crossEntropy, 'array([0.916, 0.714]');
  // Not held: its quotient of the two, 0.289, was formed from rounded numbers; Keras 3.15.1 itself gives 0.2884115.
  assertPublished(focal[0]! / crossEntropy[0]!, '0.360');
});

test('Keras on TensorFlow, binary_focal_crossentropy of the logit -100: 100.0, as for any logit', async () => {
  const batch = { labels: [1], gamma: 2, alpha: null };
  assertPublished((await service.focalLoss({ ...batch, logits: [-100] })).loss, '100.0');

  // Not held: the 16.11810 of Keras on JAX and torch, which is -log(1e-7). A logit is never clipped here. Its
  // probability is, but in the focusing factor too, where Keras clips in the logarithm alone: (1 - 1e-7)^2 of that.
  const { loss } = await service.focalLoss({ ...batch, probabilities: [0], epsilon: 1e-7 });
  assertRelative(loss, -((1 - 1e-7) ** 2) * Math.log(1e-7));
});
