import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramQuantile } from '../../../src/explorer/live/histogram-quantile.ts';

// The values are those of Prometheus' histogram_quantile for the same cumulative buckets.

test('a quantile is linear within its bucket', () => {
  const buckets = [
    [0.1, 10],
    [0.2, 30],
    [0.4, 60],
    [Number.POSITIVE_INFINITY, 0],
  ] as const;
  assert.equal(histogramQuantile(buckets, 0.1), 0.1);
  assert.ok(Math.abs(histogramQuantile(buckets, 0.25)! - 0.15) < 1e-12);
  assert.ok(Math.abs(histogramQuantile(buckets, 0.7)! - 0.3) < 1e-12);
  assert.equal(histogramQuantile(buckets, 1), 0.4);
});

test('buckets without observations are skipped, also for a share of 0', () => {
  const buckets = [
    [1, 0],
    [2, 4],
  ] as const;
  assert.deepEqual(
    [0, 0.5, 1].map((share) => histogramQuantile(buckets, share)),
    [1, 1.5, 2],
  );
});

test('beyond the last finite bound it is that bound, and of nothing there is none', () => {
  const infinite = [
    [60, 1],
    [Number.POSITIVE_INFINITY, 9],
  ] as const;
  assert.equal(histogramQuantile(infinite, 0.99), 60);
  assert.equal(histogramQuantile([[1, 0]], 0.5), null);
  assert.equal(histogramQuantile([], 0.5), null);
});
