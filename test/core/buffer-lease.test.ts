import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../src/core/buffer-pool.ts';

function pending(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

const settled = () => new Promise(setImmediate);

test('buffers stay in use until the owner and all work are done', async () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  lease.bytes(1000);
  const work = pending();
  void lease.holdUntil(work.promise);
  lease.release();
  await settled();
  assert.equal(pool.usage.inUse, 1000);
  work.resolve();
  await settled();
  assert.equal(pool.usage.inUse, 0);
});

test('work that begins after the release, while earlier work runs, holds the buffers as well', async () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  const { buffer } = lease.bytes(1000);
  const reading = pending();
  const computing = pending();
  void lease.holdUntil(reading.promise);
  lease.release(); // The client hangs up while its body is read.
  await settled();
  void lease.holdUntil(computing.promise);
  reading.resolve();
  await settled();
  assert.equal(pool.usage.inUse, 1000, 'a thread still writes there');
  assert.notEqual(pool.lease().bytes(1000).buffer, buffer);
  computing.resolve();
  await settled();
  assert.equal(pool.lease().bytes(1000).buffer, buffer);
});

test('work that fails ends its hold, and its error stays with whoever waits for it', async () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  lease.bytes(1000);
  const work = pending();
  const held = lease.holdUntil(work.promise);
  lease.release();
  work.reject(new Error('of the work'));
  await assert.rejects(held, /of the work/);
  await settled();
  assert.equal(pool.usage.inUse, 0);
});

test('a second release changes nothing', async () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  lease.bytes(1000);
  const work = pending();
  void lease.holdUntil(work.promise);
  lease.release();
  lease.release();
  await settled();
  assert.equal(pool.usage.inUse, 1000);
  work.resolve();
});

test('a lease without holders allocates nothing: nobody would return it', () => {
  const lease = new BufferPool().lease();
  lease.release();
  assert.throws(() => lease.bytes(8), /after its release/);
});
