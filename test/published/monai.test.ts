import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished } from './published.ts';

// MONAI, FocalLoss: TEST_CASES and test_foreground of tests/losses/test_focal_loss.py. Channels come first, alpha
// is off unless given, and the mean is over all elements, also under softmax.

const service = await startTestService();

const channel = [
  [1, 1],
  [0.5, 0],
];
const labels = [
  [
    [0, 1],
    [2, 0],
  ],
];
const batch = { logits: [[channel, channel, channel]], labels, class_axis: 1, gamma: 2, alpha: null };

test('MONAI, FocalLoss tests: to_onehot_y is class indices', async () => {
  assertPublished((await service.focalLoss(batch)).loss, '0.34959');
});

test('MONAI, FocalLoss tests: one-hot targets', async () => {
  const oneHot = [0, 1, 2].map((c) => labels[0]!.map((row) => row.map((label) => Number(label === c))));
  assertPublished((await service.focalLoss({ ...batch, labels: [oneHot] })).loss, '0.34959');
});

test('MONAI, FocalLoss tests: without background, the first channel is not sent and its label is the background_index', async () => {
  const { loss } = await service.focalLoss({
    ...batch,
    logits: [[channel, channel]],
    labels: labels.map((rows) => rows.map((row) => row.map((label) => label - 1))),
    background_index: -1,
  });
  assertPublished(loss, '0.36498');
});

test('MONAI, FocalLoss tests: alpha weighs positives and 1 - alpha negatives', async () => {
  assertPublished((await service.focalLoss({ ...batch, alpha: 0.8 })).loss, '0.08423');
});

test("MONAI, FocalLoss tests: reduction='none'", async () => {
  const { elementwise } = await service.focalLoss({ ...batch, reduction: 'none', outputs: ['elementwise'] });
  assertPublished(
    elementwise,
    `[[[[0.02266, 0.70187], [0.37741, 0.17329]],
       [[0.70187, 0.02266], [0.37741, 0.17329]],
       [[0.70187, 0.70187], [0.06757, 0.17329]]]]`,
  );
});

test('MONAI, FocalLoss tests: weight is class_weights', async () => {
  const { elementwise } = await service.focalLoss({
    ...batch,
    class_weights: [0.5, 0.1, 0.2],
    reduction: 'none',
    outputs: ['elementwise'],
  });
  // Its tests have 0.01352 for the last but one, within 1e-4; MONAI 1.6.1 itself returns 0.01351470.
  assertPublished(
    elementwise,
    `[[[[0.01133, 0.35093], [0.18871, 0.08664]],
       [[0.07019, 0.00227], [0.03774, 0.01733]],
       [[0.14037, 0.14037], [0.01351, 0.03466]]]]`,
  );
});

test('MONAI, FocalLoss tests: use_softmax, whose mean counts the zeros of the other classes', async () => {
  const softmax = { ...batch, activation: 'softmax', normalizer: 'elements' };
  assertPublished((await service.focalLoss(softmax)).loss, '0.16276');
  // As ln 3 * 4/27, three equal classes.
  assertPublished((await service.focalLoss({ ...softmax, normalizer: 4 * 3 })).loss, '0.16276');
});

test('MONAI, FocalLoss tests: use_softmax with alpha, which is 1 - alpha for class 0 and alpha for the others', async () => {
  const softmax = { ...batch, activation: 'softmax', normalizer: 'elements', alpha: [1 - 0.8, 0.8, 0.8] };
  assertPublished((await service.focalLoss(softmax)).loss, '0.08138');
});

test('MONAI, FocalLoss tests, test_foreground: with background and without', async () => {
  const ones = () => Array.from({ length: 5 }, () => [1, 1, 1, 1, 1]);
  const zeros = () => Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
  const labelsOf = (rows: number[][], middle: number) => {
    rows[2]![2] = middle;
    return rows;
  };
  const both = {
    logits: [[ones(), zeros()]],
    labels: [[labelsOf(ones(), 0), labelsOf(zeros(), 1)]],
    class_axis: 1,
    gamma: 2,
    alpha: null,
  };
  const foreground = { ...both, logits: [[zeros()]], labels: [[labelsOf(zeros(), 1)]] };
  assertPublished((await service.focalLoss(both)).loss, '0.1116');
  assertPublished((await service.focalLoss(foreground)).loss, '0.1733');
});
