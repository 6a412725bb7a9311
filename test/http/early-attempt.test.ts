import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DecodedRequest } from '../../src/codecs/codec.ts';
import type { BufferLease } from '../../src/core/buffer-lease.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { EarlyEvaluation, EarlySlot } from '../../src/http/early-evaluation.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

// One attempt to compute a batch while its body arrives, with an engine that the test settles.

const BODY = new Uint8Array(2 ** 22);
const HALF = BODY.length / 2;
/** For so long the rate of a body has to be observed. */
const OBSERVED_MS = 25;
const CONTEXT = { deadline: {}, regions: undefined } as never;

const buffers = createTestBuffers(2 ** 24);

interface Attempt {
  readonly early: EarlyEvaluation<DecodedRequest>;
  /** That of the attempt; undefined if it has not begun. */
  readonly lease: BufferLease | undefined;
  readonly fail: (error: Error) => void;
  readonly succeed: () => void;
}

/** An attempt of which half of the body has arrived. */
async function arriveHalf(slot = new EarlySlot()): Promise<Attempt> {
  let settle = { succeed: () => {}, fail: (_error: Error) => {} };
  const evaluation = new Promise((resolve, reject) => {
    settle = { succeed: () => resolve({ computeMs: 0, queueMs: 0 }), fail: reject };
  });
  evaluation.catch(() => {});
  const batch = logitsBatch([1], [1], [1], [1], {}, {});
  let lease: BufferLease | undefined;
  const early = new EarlyEvaluation(
    {
      requestCodec: { predictionsStart: () => 0 },
      responseCodec: { planResponse: () => ({ arrays: {} }) },
      jsonBytes: 0,
    } as never,
    {
      engine: { isIdle: true, evaluate: () => evaluation },
      codec: { onArrival() {}, read: async () => ({ batch }) },
    } as never,
    slot,
    () => {
      lease = buffers.lease();
      lease.bytes(2 ** 20);
      return lease;
    },
  );
  await sleep(OBSERVED_MS);
  early.onArrival(BODY, HALF);
  return { early, lease, ...settle };
}

const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const noMemory = () => new ServiceError('memory_exhausted', 'none');

test('one attempt at a time; one that could not begin does not end the other', async () => {
  const slot = new EarlySlot();
  const first = await arriveHalf(slot);
  assert.ok(first.lease);
  for (let i = 0; i < 2; i++) {
    const other = await arriveHalf(slot);
    assert.equal(other.lease, undefined);
    assert.equal(await other.early.result(CONTEXT), undefined);
    other.early.end();
  }
  assert.equal(slot.holder, first.early);
  first.succeed();
  assert.ok(await first.early.result(CONTEXT));
  first.lease.release();
  first.early.end();
});

for (const [how, end] of Object.entries<(attempt: Attempt) => unknown>({
  'is disconnected': ({ early, lease, fail }) => {
    early.end();
    lease!.release();
    fail(noMemory());
  },
  fails: ({ early, fail }) => {
    fail(noMemory());
    return early.result(CONTEXT);
  },
  'is computed': async ({ early, lease, succeed }) => {
    succeed();
    await early.result(CONTEXT);
    lease!.release();
    early.end();
  },
})) {
  test(`the next attempt begins after one that ${how}`, async () => {
    const slot = new EarlySlot();
    const timers = countTimers();
    await end(await arriveHalf(slot));
    assert.equal(countTimers(), timers);
    const next = await arriveHalf(slot);
    assert.ok(next.lease);
    next.fail(noMemory());
    assert.equal(await next.early.result(CONTEXT), undefined);
  });
}

test('an attempt that fails gives its memory back before all of the body is there', async () => {
  const { fail, early } = await arriveHalf();
  assert.ok(buffers.usage.inUse >= 2 ** 20);
  fail(noMemory());
  await sleep(0);
  assert.equal(buffers.usage.inUse, 0);
  assert.equal(await early.result(CONTEXT), undefined);
});

test('its batch is computed again only when no thread holds memory of the attempt any more', async () => {
  const { early, lease, fail } = await arriveHalf();
  let letGo = () => {};
  void lease!.holdUntil(
    new Promise<void>((resolve) => {
      letGo = resolve;
    }),
  );
  fail(noMemory());
  const events: string[] = [];
  const again = early.result(CONTEXT).then((computed) => events.push(`computed again: ${computed === undefined}`));
  await sleep(20);
  events.push('the thread lets go');
  letGo();
  await again;
  assert.deepEqual(events, ['the thread lets go', 'computed again: true']);
});

test('what is wrong with the batch apart from its predictions, and a lost thread, is reported and not tried again', async () => {
  const { early, fail } = await arriveHalf();
  fail(new ServiceError('engine_unavailable', 'the thread ended'));
  await assert.rejects(early.result(CONTEXT), { code: 'engine_unavailable' });
});
