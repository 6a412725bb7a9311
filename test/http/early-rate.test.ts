import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EarlyEvaluation, EarlySlot } from '../../src/http/early-evaluation.ts';

// When a body that is arriving begins to be computed, by how fast it arrives.

type Parts = ConstructorParameters<typeof EarlyEvaluation>;

const BODY = new Uint8Array(2 ** 27);

/** @param arrivals how many bytes are there after how many milliseconds @returns at which of them it asks for threads */
function beginsAt(t: TestContext, arrivals: readonly (readonly [ms: number, bytes: number])[]): number | undefined {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  let asked = false;
  const engine = {
    get isIdle() {
      asked = true;
      return false;
    },
  };
  const expected = { requestCodec: { predictionsStart: () => 0 } } as unknown as Parts[0];
  const early = new EarlyEvaluation(expected, { engine } as unknown as Parts[1], new EarlySlot(), () => undefined);
  for (const [ms, bytes] of arrivals) {
    now = ms;
    early.onArrival(BODY, bytes);
    if (asked) return ms;
  }
  return undefined;
}

const steady = (bytesPerMs: number, everyMs: number) =>
  Array.from({ length: Math.floor(BODY.length / (bytesPerMs * everyMs)) }, (_, i) => {
    const ms = (i + 1) * everyMs;
    return [ms, bytesPerMs * ms] as const;
  });

test('a body from another machine begins once its rate is known', (t) => {
  assert.equal(beginsAt(t, steady(125_000, 5)), 20);
});

test('a body that arrives as fast as from this machine does not begin', (t) => {
  assert.equal(beginsAt(t, steady(500_000, 5)), undefined);
});

test('a body that takes long to arrive begins when it will be there in five seconds', (t) => {
  const ms = BODY.length / 12_500;
  const begun = beginsAt(t, steady(12_500, 50))!;
  assert.ok(begun >= ms - 5000 && begun < ms - 4900);
});
