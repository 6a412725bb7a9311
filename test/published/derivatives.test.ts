import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertRelative } from './published.ts';

// Values from the definition in arithmetic of many digits, printed with 9 to 15. They are compared to 1e-6, relatively:
// gradients and Hessians come back as float32.

const service = await startTestService();

const ALL = ['loss', 'gradients', 'hessian', 'elementwise'];

const positives = [
  { z: 0, gamma: 2, loss: 0.17328679514, gradient: -0.29828679514, hessian: 0.39914339757 },
  { z: 1, gamma: 2, loss: 0.0226580575085, gradient: -0.0525811299776, hessian: 0.110632604782 },
  { z: -1, gamma: 2, loss: 0.701868303411, gradient: -0.768234723199, hessian: 0.45246467327 },
  { z: -5, gamma: 2, loss: 4.93992122167, gradient: -1.04617984282, hessian: -0.0319998043227 },
  { z: 20, gamma: 2, loss: 8.75651071758e-27, gradient: -2.62695321076e-26, hessian: 7.88085961423e-26 },
  { z: 1, gamma: 0.5, loss: 0.162456140355, gradient: -0.1988543218, hessian: 0.209659803461 },
  { z: 20, gamma: 0.5, loss: 9.35762294955e-14, gradient: -1.4036434405e-13, hessian: 2.10546515593e-13 },
];

for (const { z, gamma, loss, gradient, hessian } of positives) {
  test(`sigmoid, z = ${z}, y = 1, gamma ${gamma}: loss, gradient and Hessian, and complement for -z, y = 0`, async () => {
    const response = await service.focalLoss({ logits: [z], labels: [1], gamma, alpha: null, outputs: ALL });
    assertRelative(response.loss, loss);
    assertRelative(response.elementwise, [loss]);
    assertRelative(response.gradients, [gradient]);
    assertRelative(response.hessian_diagonal, [hessian]);

    const complement = await service.focalLoss({ logits: [-z], labels: [0], gamma, alpha: null, outputs: ALL });
    assertRelative(complement.loss, loss);
    assertRelative(complement.gradients, [-gradient]);
    assertRelative(complement.hessian_diagonal, [hessian]);
  });

  test(`two-class softmax of [z, 0], z = ${z}, true class 0, gamma ${gamma}, is the same`, async () => {
    const response = await service.focalLoss({
      activation: 'softmax',
      logits: [[z, 0]],
      labels: [0],
      gamma,
      outputs: ALL,
    });
    assertRelative(response.loss, loss);
    assertRelative(response.gradients, [[gradient, -gradient]]);
    assertRelative(response.hessian_diagonal, [[hessian, hessian]]);
  });
}

test('softmax, z = [0.3, -1.1, 2], true class 0, gamma 1.7: loss and gradient', async () => {
  const response = await service.focalLoss({
    activation: 'softmax',
    logits: [[0.3, -1.1, 2]],
    labels: [0],
    gamma: 1.7,
    outputs: ALL,
  });
  // Of z as written. As float32, 0.3 and -1.1 are 1e-8 and 2e-8 off.
  assertRelative(response.loss, 1.44873676486028);
  assertRelative(response.gradients, [[-1.01374123945, 0.0436996020535, 0.970041637401]]);
});

for (const [gamma, pt] of [
  [0.5, 0.0176629286],
  [1, 0.0432021835],
  [2, 0.0578463791],
  [3, 0.0574969082],
  [5, 0.0502360093],
] as const) {
  test(`gamma ${gamma}: the Hessian is negative below p_t = ${pt} and positive above`, async () => {
    // A step of 1e-5, as near as float32 kernels tell the two terms of the Hessian apart.
    const logits = [pt * (1 - 1e-5), pt * (1 + 1e-5), pt / 10, 0.5].map((p) => Math.log(p / (1 - p)));
    const { hessian_diagonal } = await service.focalLoss({
      logits,
      labels: logits.map(() => 1),
      gamma,
      alpha: null,
      outputs: ['hessian'],
    });
    assert.deepEqual(hessian_diagonal.map(Math.sign), [-1, 1, -1, 1]);
  });
}

test('gamma 2: the largest |gradient| is 1.128983219, where the Hessian changes its sign', async () => {
  const top = Math.log(0.0578463791 / (1 - 0.0578463791));
  const logits = Array.from({ length: 2001 }, (_, i) => top + (i - 1000) / 100);
  const { gradients } = await service.focalLoss({
    logits,
    labels: logits.map(() => 1),
    gamma: 2,
    alpha: null,
    reduction: 'sum',
    outputs: ['gradients'],
  });
  const sizes: number[] = gradients.map(Math.abs);
  assertRelative(Math.max(...sizes), 1.128983219);
  assertRelative(sizes[1000], 1.128983219);
});
