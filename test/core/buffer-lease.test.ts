import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../src/core/buffer-pool.ts';

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
