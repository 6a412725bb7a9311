import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReleaseEstimate } from '../../src/core/release-estimate.ts';

const BUDGET = 1000;

/** Memory of which all is in use, after requests that each held a tenth of it for so many seconds. */
function exhausted(heldSeconds: readonly number[]): ReleaseEstimate {
  const estimate = new ReleaseEstimate(BUDGET);
  for (const seconds of heldSeconds) {
    estimate.acquired(BUDGET / 10, 0);
    estimate.released(BUDGET / 10, 0, 1000 * seconds);
  }
  estimate.acquired(BUDGET, 1_000_000);
  return estimate;
}

test('memory comes back after as long as it was held lately: half of it after half of that', () => {
  const estimate = exhausted(Array(50).fill(20));
  assert.equal(estimate.secondsFor(BUDGET, 1_000_000), 20);
  assert.equal(estimate.secondsFor(BUDGET / 2, 1_000_000), 10);
});

test('what was released last counts most', () => {
  const estimate = exhausted([...Array(100).fill(40), ...Array(100).fill(4)]);
  assert.equal(estimate.secondsFor(BUDGET, 1_000_000), 5);
});

test('memory that has been in use for longer than usual comes back later', () => {
  const estimate = exhausted(Array(50).fill(2));
  assert.equal(estimate.secondsFor(BUDGET, 1_000_000), 2);
  assert.equal(estimate.secondsFor(BUDGET, 1_030_000), 30);
});

test('the time is from 1 to 60 seconds, also when nothing is known', () => {
  assert.equal(new ReleaseEstimate(BUDGET).secondsFor(BUDGET, 0), 1);
  assert.equal(exhausted([0.001]).secondsFor(1, 1_000_000), 1);
  assert.equal(exhausted(Array(50).fill(600)).secondsFor(BUDGET, 1_000_000), 60);
});

test('rounding errors are gone as soon as no memory is in use', () => {
  const estimate = new ReleaseEstimate(BUDGET);
  // The second product is lost in the first, whose last digit is 2^28.
  estimate.acquired(2 ** 40, 2 ** 40);
  estimate.acquired(2 ** 26, 1.5);
  estimate.released(2 ** 40, 2 ** 40, 2 ** 40);
  estimate.released(2 ** 26, 1.5, 1.5);
  estimate.acquired(1, 1000);
  assert.equal(estimate.secondsFor(1, 1000), 1);
});
