import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticksBetween } from '../../../src/explorer/charts/ticks.ts';

test('ticks are round, equally far apart, and cover the range', () => {
  assert.deepEqual(ticksBetween(0, 5), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(ticksBetween(0, 1.5), [0, 0.5, 1, 1.5]);
  assert.deepEqual(ticksBetween(-0.7, 5.2), [-1, 0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(ticksBetween(0, 2_000_005), [0, 500_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000]);
});

test('a rounding error beyond a tick adds none', () => {
  assert.deepEqual(ticksBetween(-1e-15, -Math.log(Math.exp(-5)) + 1e-15), [0, 1, 2, 3, 4, 5]);
});
