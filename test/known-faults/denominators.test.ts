import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from '../published/published.ts';

// docs/explanation/known-faults.md, what a mean divides by: one test for each report, under its name there.

const service = await startTestService();

test('pytorch#107680', async () => {
  const batch = {
    activation: 'softmax',
    gamma: 0,
    class_weights: [25, 25, 100],
    logits: [
      [2.3, 2.1, 4.5],
      [4.2, 3.2, 5.1],
    ],
  };
  const oneHot = [
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (const labels of [[1, 2], oneHot]) {
    assertPublished((await service.focalLoss({ ...batch, labels })).loss, '54.4052');
    // The weighted mean, over the weights of the two labels.
    assertPublished((await service.focalLoss({ ...batch, labels, normalizer: 125 })).loss, '0.870484');
  }
});

test('segmentation_models.pytorch#852', async () => {
  const batch = { activation: 'softmax', gamma: 0, ignore_index: 255, logits: Array(3).fill([0.5, 0]) };
  assertPublished((await service.focalLoss({ ...batch, labels: [1, 1, 1] })).loss, '0.9741');
  const { loss, denominator } = await service.focalLoss({ ...batch, labels: [1, 255, 1] });
  assertPublished(loss, '0.9741');
  assert.equal(denominator, 2);
  const sigmoid = await service.focalLoss({ ...batch, activation: 'sigmoid', labels: [1, 255, 1] });
  assert.equal(sigmoid.denominator, 4);
});

for (const options of [
  { activation: 'softmax' },
  { activation: 'softmax', normalizer: 'weights', class_weights: [1, 2, 0.5] },
  { activation: 'sigmoid' },
  { activation: 'sigmoid', normalizer: 'positives', alpha: { balanced: true } },
]) {
  test(`pytorch#75181, ${JSON.stringify(options)}`, async () => {
    const response = await service.focalLoss({
      ...options,
      logits: [Array(3).fill(Array(2).fill([0.5, -8]))],
      labels: [Array(2).fill([255, 255])],
      class_axis: 1,
      ignore_index: 255,
    });
    assert.equal(response.loss, 0);
    assert.deepEqual(response.gradients.flat(3), Array(12).fill(0));
    assert.deepEqual([response.counts.ignored, response.counts.positives], [12, 0]);
    for (const { loss } of response.per_class) assert.equal(loss.total, 0);
  });
}

test('keras-retinanet#79', async () => {
  // Three images of two anchors; the second has no match. torchvision 0.28.0 says 0.6249154250122 in float64.
  const logits = [
    [
      [0.5, -1],
      [-2, 0.25],
    ],
    [
      [-1.5, 0.75],
      [0.125, -0.5],
    ],
    [
      [1, -0.25],
      [2, -3],
    ],
  ];
  const labels = [
    [1, -1],
    [-1, -1],
    [-1, 0],
  ];
  const options = { alpha: 0.25, gamma: 2, background_index: -1 };
  const sampleWeights = Array(3).fill([1 / 3, 1 / 3]);
  const together = await service.focalLoss({
    ...options,
    logits,
    labels,
    sample_weights: sampleWeights,
    reduction: 'sum',
  });
  assertRelative(together.loss, 0.6249154250122);
  const alone = await Promise.all(
    logits.map((image, i) =>
      service.focalLoss({ ...options, logits: image, labels: labels[i], normalizer: 'positives' }),
    ),
  );
  assertRelative(alone.reduce((sum, { loss }) => sum + loss, 0) / 3, 0.6249154250122);
  assert.ok(alone[1].loss > 0, 'the image without a match has a loss, of its negatives');
});

test('class-balanced-loss#16', async () => {
  const batch = { logits: [[0.5, -1, 2]], labels: [[0, 0, 0]] };
  const positives = await service.focalLoss({ ...batch, normalizer: 'positives' });
  const sum = await service.focalLoss({ ...batch, reduction: 'sum' });
  assert.deepEqual([positives.loss, positives.gradients, positives.denominator], [sum.loss, sum.gradients, 1]);
  assert.ok(positives.loss > 0);
});

test('balanced-loss#12', async () => {
  const { loss, gradients, alpha } = await service.focalLoss({
    activation: 'softmax',
    alpha: { effective_number: { beta: 0.999, class_counts: [310, 2489, 114, 17, 0, 725] } },
    logits: [
      [0, 0.125, 0, 0.5, 0, 0.5],
      [0, 0.125, 0.0625, 0.0625, 0.75, 0.125],
    ],
    labels: [5, 4],
  });
  assert.ok(loss > 0 && Number.isFinite(loss));
  assert.ok(gradients.flat().every(Number.isFinite));
  assert.equal(alpha[4], 1);
  const others = alpha.filter((_: number, c: number) => c !== 4);
  assertRelative(others.reduce((sum: number, weight: number) => sum + weight) / 5, 1);
});
