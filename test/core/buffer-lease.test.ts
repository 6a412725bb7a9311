import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import type { ServiceError } from '../../src/core/service-error.ts';

/** Stands for the work of a thread; it ends when the test says so. */
function startWork() {
  let end = () => {};
  let fail = (_error: Error) => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { done, end, fail };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

test('work that begins after the release, while earlier work runs, holds the buffers as well', async () => {
  const pool = new BufferPool(2 ** 30);
  const lease = pool.lease();
  const { byteOffset } = lease.bytes(1000);
  const [reading, computing] = [startWork(), startWork()];
  void lease.holdUntil(reading.done);
  lease.release(); // The client disconnects while a thread reads its body.
  await settle();
  void lease.holdUntil(computing.done);
  reading.end();
  await settle();
  assert.equal(pool.usage.inUse, 4096, 'a thread still writes there');
  assert.notEqual(pool.lease().bytes(1000).byteOffset, byteOffset);
  computing.end();
  await settle();
  assert.equal(pool.lease().bytes(1000).byteOffset, byteOffset);
});

test('a release waits for all work, in whatever order it ends, and also if it fails', async () => {
  const pool = new BufferPool(2 ** 30);
  const lease = pool.lease();
  lease.bytes(1000);
  const [first, failing, last] = [startWork(), startWork(), startWork()];
  for (const { done } of [last, failing, first]) lease.holdUntil(done).catch(() => {});
  lease.release();
  for (const end of [first.end, () => failing.fail(new Error('planted'))]) {
    end();
    await settle();
    assert.equal(pool.usage.inUse, 4096);
  }
  last.end();
  await settle();
  assert.equal(pool.usage.inUse, 0);
});

test('the caller that waits for work gets its error', async () => {
  const work = startWork();
  const held = new BufferPool(2 ** 30).lease().holdUntil(work.done);
  work.fail(new Error('planted'));
  await assert.rejects(held, /planted/);
});

test('buffers whose work has ended stay in use until the release', async () => {
  const pool = new BufferPool(2 ** 30);
  const lease = pool.lease();
  lease.bytes(1000);
  await lease.holdUntil(Promise.resolve());
  await settle();
  assert.equal(pool.usage.inUse, 4096);
  lease.release();
  assert.equal(pool.usage.inUse, 0);
});

test('a second release changes nothing, whether work holds the buffers or not', async () => {
  const pool = new BufferPool(2 ** 30);
  const lease = pool.lease();
  lease.bytes(100_000);
  const work = startWork();
  void lease.holdUntil(work.done);
  lease.release();
  lease.release();
  await settle();
  assert.equal(pool.usage.inUse, 102_400);
  work.end();
  await settle();
  const { usage } = pool;
  assert.deepEqual(usage, { inUse: 0, free: 102_400 });
  lease.release();
  assert.deepEqual(pool.usage, usage);
});

test('work holds the buffers of its own lease only', async () => {
  const pool = new BufferPool(2 ** 30);
  const [held, other] = [pool.lease(), pool.lease()];
  held.bytes(1000);
  other.bytes(500);
  void held.holdUntil(new Promise(() => {}));
  held.release();
  other.release();
  await settle();
  assert.equal(pool.usage.inUse, 4096);
});

test('a lease without holders allocates nothing, because nobody would return it', async () => {
  const lease = new BufferPool(2 ** 30).lease();
  const work = startWork();
  void lease.holdUntil(work.done);
  lease.release();
  lease.bytes(8);
  work.end();
  await settle();
  assert.throws(() => lease.bytes(8), /after its release/);
});

/** The code with which so many bytes are rejected. */
function codeOf(allocate: () => unknown): string | undefined {
  try {
    allocate();
  } catch (error) {
    return (error as ServiceError).code;
  }
  return undefined;
}

test('what a request has released, and what it never got, does not count as its own', () => {
  const budget = 2 ** 20; // 11/16 of it are for buffers.
  const pool = new BufferPool(budget);
  const [mine, others] = [pool.lease(), pool.lease()];
  // Freed, shortened and lengthened again: 100 KB are left of it.
  mine.free(mine.bytes(300_000));
  const bytes = mine.bytes(100_000);
  for (let i = 0; i < 5; i++) {
    assert.ok(mine.resize(mine.resize(bytes, 50_000)!, 100_000));
  }
  assert.equal(
    codeOf(() => mine.bytes(700_000)),
    'body_too_large',
  );
  others.bytes(400_000);
  // It needs less than there is for all, so it may try again when the other one has ended.
  assert.equal(
    codeOf(() => mine.bytes(550_000)),
    'memory_exhausted',
  );
  others.release();
  assert.equal(
    codeOf(() => mine.bytes(550_000)),
    undefined,
  );
  mine.release();
  assert.equal(pool.usage.inUse, 0);
});

test('a buffer that becomes longer where it is has to stay within the budget, to the last page', () => {
  const pool = new BufferPool(2 ** 20);
  const lease = pool.lease();
  const all = (11 / 16) * 2 ** 20;
  lease.charge((3 / 16) * 2 ** 20);
  assert.equal(
    codeOf(() => lease.charge(1)),
    'body_too_large',
  );
  const large = lease.bytes(2 ** 19); // More than 256 pages lie at the low end, with room behind them.
  assert.ok(codeOf(() => lease.resize(large, all + 1)) !== undefined || pool.usage.inUse <= 2 ** 20);
  assert.equal(pool.usage.inUse, 2 ** 19 + (3 / 16) * 2 ** 20, 'what was rejected is not counted');
  lease.release();
  assert.equal(pool.usage.inUse, 0);
});
