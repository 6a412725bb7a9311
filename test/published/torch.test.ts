import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from './published.ts';

// torchvision.ops.sigmoid_focal_loss documents its reductions, and alpha = -1 as off, without numbers. These came from
// torchvision 0.28.0 in float64.

const service = await startTestService();

const batch = { logits: [1, -1, 0.5, 3], labels: [1, 1, 0, 0], gamma: 2 };
const balanced = [0.005664514377, 0.175467075853, 0.283058700645, 2.074710330769];
const off = [0.022658057508, 0.701868303411, 0.377411600859, 2.766280441025];

test("torchvision, sigmoid_focal_loss, reduction='none': the elementwise losses, and gradients of their sum", async () => {
  const none = { ...batch, reduction: 'none', outputs: ['loss', 'gradients', 'elementwise'] };
  const plain = await service.focalLoss(none);
  assertRelative(plain.elementwise, balanced);
  const sum = await service.focalLoss({ ...batch, reduction: 'sum' });
  assertRelative(plain.gradients, sum.gradients, 0);
});

test("torchvision, sigmoid_focal_loss, reduction='mean' and 'sum'", async () => {
  assertRelative((await service.focalLoss({ ...batch, reduction: 'mean' })).loss, 0.634725155411);
  assertRelative((await service.focalLoss({ ...batch, reduction: 'sum' })).loss, 2.538900621643);
});

test('torchvision, sigmoid_focal_loss, alpha=-1 is alpha null', async () => {
  const none = await service.focalLoss({ ...batch, alpha: null, reduction: 'none', outputs: ['elementwise'] });
  assertRelative(none.elementwise, off);
  assertRelative((await service.focalLoss({ ...batch, alpha: null })).loss, 0.967054600701);
  const sum = await service.focalLoss({ ...batch, alpha: null, reduction: 'sum' });
  assertRelative(sum.loss, 3.868218402805);
});

test('torchvision, sigmoid_focal_loss, alpha=0 zeroes the positives; it does not turn alpha off', async () => {
  const { elementwise } = await service.focalLoss({ ...batch, alpha: 0, reduction: 'none', outputs: ['elementwise'] });
  assertRelative(elementwise, [0, 0, off[2], off[3]]);
});

test('kornia 0.6.12, binary_focal_loss_with_logits docstring', async () => {
  const batch = { logits: [[[6.325]], [[5.26]], [[87.49]]], labels: [[[1]], [[1]], [[0]]] };
  assertPublished((await service.focalLoss({ ...batch, alpha: 0.25, gamma: 2 })).loss, 'tensor(21.8725)');
  // Not held: the tensor(4.6052) of older docstrings, where a probability was clamped at 1e-8.
});

// Not held, as the contract has no such loss: Poly-1 (0.0265095006 at x = 1.2, y = 1, gamma 2, epsilon 1) and the
// asymmetric loss ASL (0.3378992488 at x = 1.2, y = 0, gamma 4, margin 0.05).
