import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ThroughputEstimate } from '../../src/engine/throughput-estimate.ts';

/** An estimate after so many batches, each of which took so long, on a clock that the test sets. */
function estimateAfter(t: TestContext, batches: readonly { readonly ms: number; readonly busy: boolean }[]) {
  let now = 1_000_000;
  t.mock.method(performance, 'now', () => now);
  const estimate = new ThroughputEstimate();
  for (const { ms, busy } of batches) {
    now += ms;
    estimate.completed(busy);
  }
  return estimate;
}

const many = (ms: number, busy = true) => Array.from({ length: 100 }, () => ({ ms, busy }));

test('a queue of ten takes ten times as long as a batch, in whole seconds', (t) => {
  const estimate = estimateAfter(t, many(2000));
  assert.deepEqual(
    [1, 10].map((batches) => estimate.secondsFor(batches)),
    [2, 20],
  );
});

test('it takes from 1 to 60 seconds', (t) => {
  assert.equal(estimateAfter(t, many(20)).secondsFor(10), 1);
  assert.equal(estimateAfter(t, many(20_000)).secondsFor(10), 60);
});

test('the time in which nothing waits does not count', (t) => {
  const estimate = estimateAfter(t, [...many(2000), ...many(3_600_000, false)]);
  assert.equal(estimate.secondsFor(10), 20);
});
