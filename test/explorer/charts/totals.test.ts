import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SWEEP_METRICS } from '../../../src/explorer/charts/sweep-metrics.ts';
import { binShares, sidesWithLoss } from '../../../src/explorer/charts/totals.ts';
import type { ClassBreakdown, Evaluation } from '../../../src/explorer/service/evaluation.ts';
import type { SweepPoint } from '../../../src/explorer/service/sweep.ts';

const BINS = { counts: [3, 1], cross_entropy: [0.25, 0.75], loss: [0.5, 0.5], gradient_l1: null };
const WITHOUT_LOSS = { ...BINS, cross_entropy: null, loss: null };

test('sides without a cross-entropy, as negatives under softmax, have no loss', () => {
  const sides = (positives: object, negatives: object) =>
    sidesWithLoss({ difficulty: { positives, negatives } } as unknown as Evaluation);
  assert.deepEqual(sides(BINS, BINS), ['positives', 'negatives']);
  assert.deepEqual(sides(BINS, WITHOUT_LOSS), ['positives']);
  assert.deepEqual(sides(WITHOUT_LOSS, BINS), ['negatives']);
});

test('the bins of a panel are shares of elements or of a sum, and 0 where there is none', () => {
  assert.deepEqual(binShares(BINS, 'counts'), [0.75, 0.25]);
  assert.deepEqual(binShares(BINS, 'cross_entropy'), [0.25, 0.75]);
  assert.deepEqual(binShares(BINS, 'gradient_l1'), [0, 0]);
});

test('the share of one class is that of the selected class, in the sweep and in the evaluation', () => {
  const { value, current } = SWEEP_METRICS.find(({ id }) => id === 'class-share')!;
  const point = { class_loss_shares: [0.25, 0.75] } as unknown as SweepPoint;
  const classes = [0.1, 0.9].map((share, i) => ({ class: i, loss: { share } })) as ClassBreakdown[];
  assert.deepEqual(
    [0, 1, 2].map((selected) => value(point, selected)),
    [0.25, 0.75, null],
  );
  assert.deepEqual(
    [0, 1, 2].map((selected) => current(classes, selected)),
    [0.1, 0.9, null],
  );
});
