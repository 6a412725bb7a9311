import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from '../published/published.ts';

// docs/explanation/known-faults.md, losses and derivatives: one test for each report, under its name there.

const service = await startTestService();

test('pytorch-multi-class-focal-loss#1', async () => {
  const batch = { activation: 'softmax', gamma: 2, logits: [[1, 0]], labels: [0], outputs: ['loss', 'per_class'] };
  const weighted = await service.focalLoss({ ...batch, class_weights: [4, 1] });
  // With p_t from the weighted cross-entropy it would be 0.6394547.
  assertPublished(weighted.loss, '0.0906322');
  assertRelative(weighted.loss, 4 * (await service.focalLoss(batch)).loss, 1e-14);
});

test('tensorflow#61519', async () => {
  const batch = { logits: [-1.6, 0.51, 2.94, -1.8], labels: [0, 1, 0, 0], gamma: 2 };
  assertPublished((await service.focalLoss({ ...batch, alpha: null })).loss, '0.6932789');
  assertPublished((await service.focalLoss({ ...batch, alpha: 0.25 })).loss, '0.51168');
  await service.problem({ ...batch, alpha: 10 }, 'invalid_request');
});

test('SSD_Pytorch#32', async () => {
  const { elementwise } = await service.focalLoss({
    logits: [1, -1],
    labels: [0, 0],
    gamma: 2,
    alpha: null,
    outputs: ['elementwise'],
  });
  // p^gamma for negatives: the wrong one has the larger factor.
  assertRelative(elementwise, [0.701868303411, 0.0226580575085]);
});

test('sam3#575', async () => {
  const { loss, gradients } = await service.focalLoss({
    logits: [18, -18],
    labels: [1, 0],
    gamma: 0,
    alpha: 0.5,
    reduction: 'sum',
  });
  const p = Math.exp(-18) / (1 + Math.exp(-18));
  assertRelative(gradients, [-p / 2, p / 2]);
  assertRelative(loss, Math.log1p(Math.exp(-18)));
});

test('optax#1346', async () => {
  const outputs = ['loss', 'gradients', 'hessian'];
  const options = { gamma: 0.5, alpha: null, outputs };
  const twenty = await service.focalLoss({ logits: [20], labels: [1], ...options });
  assertRelative(twenty.gradients, [-1.4036434405e-13]);
  assertRelative(twenty.hessian_diagonal, [2.10546515593e-13]);
  for (const gamma of [0.5, 1, 1.5]) {
    const hundred = await service.focalLoss({ logits: [100], labels: [1], ...options, gamma });
    // Below the smallest float32 number.
    assert.deepEqual([hundred.gradients, hundred.hessian_diagonal], [[0], [0]]);
  }
});

test('LightGBM-with-Focal-Loss#5', async () => {
  const { loss, gradients } = await service.focalLoss({
    logits: [800, -800, 800, -800],
    labels: [0, 1, 1, 0],
    alpha: null,
    outputs: ['loss', 'gradients'],
  });
  assert.equal(loss, 400);
  assert.deepEqual(gradients.map(Math.abs), [0.25, 0.25, 0, 0]);
});

test('LightGBM#2052', async () => {
  const { gradients, hessian_diagonal: hessian } = await service.focalLoss({
    logits: [-1],
    labels: [1],
    gamma: 2,
    alpha: 0.5,
    outputs: ['gradients', 'hessian'],
  });
  assertRelative(gradients, [-0.768234723199 / 2]);
  assertRelative(hessian, [0.45246467327 / 2]);
});

test('catboost_focal_loss#2', async () => {
  const logits = [-1.5, 0.25, 3];
  const { gradients, hessian_diagonal: hessian } = await service.focalLoss({
    logits,
    labels: [1, 0, 1],
    gamma: 0,
    alpha: null,
    reduction: 'sum',
    outputs: ['gradients', 'hessian'],
  });
  const p = logits.map((z) => 1 / (1 + Math.exp(-z)));
  assertRelative(gradients, [p[0]! - 1, p[1]!, p[2]! - 1]);
  assertRelative(
    hessian,
    p.map((value) => value * (1 - value)),
  );
});

test('LightGBM#6300', async () => {
  // Four classes. The values are differences of the definition in 90 digits.
  const {
    elementwise,
    gradients,
    hessian_diagonal: hessian,
  } = await service.focalLoss({
    activation: 'softmax',
    logits: [
      [0.5, -1.25, 2, 0.125],
      [-0.75, 3, 0.25, -2],
      [1, 1, 1, 1],
      [4, -2, 0.5, -3],
    ],
    labels: [0, 1, 3, 2],
    gamma: 2,
    reduction: 'none',
    outputs: ['elementwise', 'gradients', 'hessian'],
  });
  assertRelative(elementwise, [1.31073535452, 0.00066688841776, 0.77979057813, 3.32960909274]);
  assertRelative(gradients, [
    [-1.01097232536, 0.032882049939, 0.848039245101, 0.130051030316],
    [0.000463626722184, -0.00185672609614, 0.0012602680941, 0.000132831279858],
    [0.270590096355, 0.270590096355, 0.270590096355, -0.811770289065],
    [1.10569477937, 0.00274074334108, -1.10944378584, 0.00100826312871],
  ]);
  assertRelative(hessian, [
    [0.253326523925, 0.0320805463792, 0.314925858476, 0.117513405177],
    [0.000661948114816, 0.00503746724374, 0.00272567598987, 0.0001491104911],
    [0.228156722874, 0.228156722874, 0.228156722874, 0.429869927734],
    [-0.0398243533831, 0.00273370502828, -0.0438565888235, 0.00100731059665],
  ]);
});
