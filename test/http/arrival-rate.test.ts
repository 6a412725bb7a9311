import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ArrivalRate } from '../../src/http/arrival-rate.ts';

// When a body that is arriving begins to be computed, by how fast it arrives.

const BYTES = 2 ** 27;

/** @returns after how many milliseconds it begins, of a body of which that many bytes arrive per millisecond */
function beginsAt(t: TestContext, bytesPerMs: number, everyMs: number): number | undefined {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const rate = new ArrivalRate();
  for (now = everyMs; now * bytesPerMs <= BYTES; now += everyMs) {
    if (rate.isWorthWork(BYTES, now * bytesPerMs)) return now;
  }
  return undefined;
}

test('a body from another machine begins once its rate is known', (t) => {
  assert.equal(beginsAt(t, 125_000, 5), 20);
});

test('a body that arrives as fast as from this machine does not begin', (t) => {
  assert.equal(beginsAt(t, 500_000, 5), undefined);
});

test('a body that takes long to arrive begins when it will be there in five seconds', (t) => {
  const ms = BYTES / 12_500;
  const begun = beginsAt(t, 12_500, 50)!;
  assert.ok(begun >= ms - 5000 && begun < ms - 4900);
});
