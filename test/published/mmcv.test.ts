import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished } from './published.ts';

// mmcv, tests/test_ops/test_focal_loss.py: inputs, softmax_outputs and sigmoid_outputs, at alpha 0.25 and gamma 2.
// mmcv's mean divides by the samples, not by the elements, and its scalar alpha multiplies every class of softmax.
// They were printed with 8 or 9 digits by a float32 kernel: the second sigmoid loss, 1.10251057, is 1.10251082 in float64.

const service = await startTestService();

const sigmoid = { activation: 'sigmoid', alpha: 0.25, gamma: 2, normalizer: 'samples' };
const softmax = { activation: 'softmax', alpha: 0.25, gamma: 2, normalizer: 'samples' };

const two = {
  logits: [
    [1, 0],
    [0, 1],
  ],
  labels: [0, 1],
};
const three = {
  logits: [
    [1, 0, -1],
    [0, 1, 2],
  ],
  labels: [2, 1],
};
const nearZero = {
  logits: [
    [1e-6, 2e-6, 3e-6],
    [4e-6, 5e-5, 6e-4],
    [7e-3, 8e-2, 9e-1],
  ],
  labels: [1, 2, 0],
};

test('mmcv, sigmoid_focal_loss, its tests: two samples of two classes', async () => {
  const { loss, gradients } = await service.focalLoss({ ...two, ...sigmoid });
  assertPublished(loss, '0.13562961');
  assertPublished(gradients, '[[-0.00657264, 0.11185755], [0.11185755, -0.00657264]]');
});

test('mmcv, sigmoid_focal_loss, its tests: two samples of three classes', async () => {
  const { loss, gradients } = await service.focalLoss({ ...three, ...sigmoid });
  assertPublished(loss, '1.10251057');
  assertPublished(gradients, '[[0.28808805, 0.11185755, -0.09602935], [0.11185755, -0.00657264, 0.40376765]]');
});

test('mmcv, sigmoid_focal_loss, its tests: logits near 0', async () => {
  const { loss, gradients } = await service.focalLoss({ ...nearZero, ...sigmoid });
  assertPublished(loss, '0.42287254');
  assertPublished(
    gradients,
    `[[0.07457182, -0.02485716, 0.07457201],
      [0.07457211, 0.07457669, -0.02483728],
      [-0.02462499, 0.08277918, 0.18050370]]`,
  );
});

test('mmcv, softmax_focal_loss, its tests: two samples of two classes', async () => {
  const { loss, gradients } = await service.focalLoss({ ...two, ...softmax });
  assertPublished(loss, '0.00566451');
  assertPublished(gradients, '[[-0.00657264, 0.00657264], [0.00657264, -0.00657264]]');
});

test('mmcv, softmax_focal_loss, its tests: two samples of three classes', async () => {
  const { loss, gradients } = await service.focalLoss({ ...three, ...softmax });
  assertPublished(loss, '0.34956908');
  assertPublished(gradients, '[[0.10165970, 0.03739851, -0.13905823], [0.01227554, -0.10298023, 0.09070466]]');
});

test('mmcv, softmax_focal_loss, its tests: logits near 0', async () => {
  const { loss, gradients } = await service.focalLoss({ ...nearZero, ...softmax });
  assertPublished(loss, '0.15754992');
  assertPublished(
    gradients,
    `[[0.02590877, -0.05181759, 0.02590882],
      [0.02589641, 0.02589760, -0.05179400],
      [-0.07307514, 0.02234372, 0.05073142]]`,
  );
});
