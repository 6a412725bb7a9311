import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from './published.ts';

// Focal Loss for Dense Object Detection, Lin et al. 2017 (arXiv:1708.02002).

const service = await startTestService();

/**
 * How many times less an example of this p_t weighs than under cross-entropy, at gamma 2. The logit is rounded to
 * float32, which moves the answer by 3e-7 at most, relatively.
 */
async function timesBelowCrossEntropy(pt: number): Promise<number> {
  const logits = [Math.log(pt / (1 - pt))];
  const [{ cross_entropy, loss }] = (await service.focalLoss({ logits, labels: [1], gamma: 2, alpha: null })).per_class;
  return cross_entropy.total / loss.total;
}

test('paper, section 3.2: p_t = 0.9 weighs exactly 1/100 of cross-entropy at gamma 2', async () => {
  assertRelative(await timesBelowCrossEntropy(0.9), 100);
});

test('paper, section 3.2: p_t = 0.968 weighs 1/1000 of it, more exactly 1/976.56', async () => {
  assertPublished(await timesBelowCrossEntropy(0.968), '976.56');
  assertRelative(await timesBelowCrossEntropy(0.968), 976.5625);
});

test('paper, section 3.2: it is p_t = 0.9683772234 that weighs 1/1000', async () => {
  assertRelative(await timesBelowCrossEntropy(0.9683772234), 1000);
});

test('paper, section 3.2: p_t <= 0.5 weighs at most 4 times less', async () => {
  assertRelative(await timesBelowCrossEntropy(0.5), 4);
  for (const pt of [0.4, 0.1, 0.01]) assert.ok((await timesBelowCrossEntropy(pt)) < 4);
});

test('paper, section 3.2: as probabilities too', async () => {
  // A float32 near 1 is rounded by up to 3e-8, which is 1e-6 of 1 - p, and counts twice in its square.
  for (const [pt, times, rounding] of [
    [0.9, 100, 1e-6],
    [0.968, 976.5625, 3e-6],
    [0.9683772234, 1000, 3e-6],
  ] as const) {
    const batch = { probabilities: [pt], labels: [1], gamma: 2, alpha: null };
    const [{ cross_entropy, loss }] = (await service.focalLoss(batch)).per_class;
    assertRelative(cross_entropy.total / loss.total, times, rounding);
  }
});

test('paper, section 4.1: a bias of -4.595119850 starts every anchor at the prior 0.01', async () => {
  const { per_class } = await service.focalLoss({ logits: [-4.59511985, -4.59511985], labels: [1, 0] });
  assertPublished(per_class[0].mean_pt.positive, '0.01000000');
  assertPublished(per_class[0].mean_pt.negative, '0.99000000');
  assert.equal(per_class[0].true_positives, 0);
});

test('paper, appendix A: FL* is gamma 0 on the logits (gamma z + beta), divided by gamma', async () => {
  // FL* = -log sigma(gamma z + beta) / gamma, at z = 1, gamma 2, beta 1.
  const { loss } = await service.focalLoss({ logits: [2 * 1 + 1], labels: [1], gamma: 0, alpha: null, normalizer: 2 });
  assertPublished(loss, '0.0242936758');
});
