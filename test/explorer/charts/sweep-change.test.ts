import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeChange } from '../../../src/explorer/charts/sweep-change.ts';
import { SWEEP_METRICS } from '../../../src/explorer/charts/sweep-metrics.ts';

const metric = SWEEP_METRICS[0]!;
const from = { gamma: 2, alpha: 0.25 };

test('a change names what was and what is, and calls less than a point hardly a change', () => {
  const change = (to: typeof from, before: number | null, after: number) =>
    describeChange(from, to, metric, before, after).replaceAll('\u202f', ' ');
  assert.equal(
    change({ gamma: 3, alpha: 0.5 }, 0.31, 0.48),
    'γ 2 → 3, α 0.25 → 0.5: positives’ share of the gradient 31 % → 48 %',
  );
  assert.equal(
    change({ gamma: 2, alpha: 0.5 }, 0.31, 0.48),
    'γ 2, α 0.25 → 0.5: positives’ share of the gradient 31 % → 48 %',
  );
  assert.equal(
    change({ gamma: 2.5, alpha: 0.25 }, 0.096, 0.0999),
    'γ 2 → 2.5, α 0.25: positives’ share of the gradient hardly changes, 9.6 % → 10 %',
  );
  assert.equal(change(from, 0.31, 0.31), 'γ 2, α 0.25: positives’ share of the gradient 31 %');
  assert.equal(change(from, null, 0.31), 'γ 2, α 0.25: positives’ share of the gradient 31 %');
});

test('a gamma for each side is written as two, and a scheme by its name', () => {
  const sides = { gamma: { positive: 1, negative: 4 }, alpha: null };
  const text = describeChange(sides, { gamma: 1, alpha: { balanced: true } }, metric, 0.5, 0.7);
  assert.match(text, /^γ 1\/4 → 1, α off → balanced:/);
});
