import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/core/buffer-pool.ts';
import { Failure } from '../../src/core/service-error.ts';

const MEBIBYTE = 2 ** 20;

test('what was given back is lent again', async () => {
  const pool = new MemoryPool();
  const first = pool.lease();
  const { buffer } = first.float32(1000);
  await first.release();
  assert.equal(pool.lease().int32(1000).buffer, buffer);
});

test('what is lent is nobody else’s', async () => {
  const pool = new MemoryPool();
  const leases = [pool.lease(), pool.lease()];
  const buffers = leases.flatMap((lease) => [lease.float32(10).buffer, lease.float32(10).buffer]);
  assert.equal(new Set(buffers).size, 4);
});

test('requests of all sizes, one after another, take no more than twice the largest', async () => {
  const pool = new MemoryPool();
  for (let i = 0; i < 2000; i++) {
    const lease = pool.lease();
    const length = 1 + ((i * 7919) % (2 * MEBIBYTE));
    assert.equal(lease.float32(length).length, length);
    await lease.release();
  }
  const { lent, free } = pool.usage;
  assert.equal(lent, 0);
  assert.ok(free <= 2 * 8 * MEBIBYTE, `${free}`);
});

test('a small request does not hold a large buffer', async () => {
  const pool = new MemoryPool();
  const large = pool.lease();
  large.float32(8 * MEBIBYTE);
  await large.release();
  assert.ok(pool.lease().float32(10).buffer.byteLength < MEBIBYTE);
});

test('what was abandoned is never lent again, also when its lease ends', async () => {
  const pool = new MemoryPool();
  const lease = pool.lease();
  const { buffer } = lease.float32(1000);
  lease.abandon();
  await lease.release();
  assert.deepEqual(pool.usage, { lent: 0, free: 0 });
  assert.notEqual(pool.lease().float32(1000).buffer, buffer);
});

test('memory is given back only when nobody is at it any more', async () => {
  const pool = new MemoryPool();
  const lease = pool.lease();
  lease.float32(1000);
  let finish = () => {};
  lease.keepFor(
    new Promise<void>((resolve) => {
      finish = resolve;
    }),
  );
  lease.keepFor(Promise.reject(new Error('which is no reason to keep it')));
  const released = lease.release();
  await new Promise(setImmediate);
  assert.ok(pool.usage.lent > 0);
  finish();
  await released;
  assert.equal(pool.usage.lent, 0);
});

test('beyond the budget nothing is lent, and who may try again is told when', async () => {
  const pool = new MemoryPool({ bytes: 100_000, retryAfterSeconds: () => 7 });
  const first = pool.lease();
  first.bytes(60_000);
  const second = pool.lease();
  const refusal = (lease: typeof first, bytes: number) => {
    try {
      lease.bytes(bytes);
    } catch (error) {
      if (error instanceof Failure) return [error.code, error.retryAfterSeconds];
    }
    return undefined;
  };
  assert.deepEqual(refusal(second, 60_000), ['queue_full', 7]);
  assert.deepEqual(refusal(second, 100_001), ['body_too_large', undefined]);
  assert.deepEqual(refusal(first, 60_000), ['body_too_large', undefined]);
  await first.release();
  assert.equal(refusal(second, 60_000), undefined);
});

test('what is kept to be lent again and what is lent stay within the budget together', async () => {
  const pool = new MemoryPool({ bytes: MEBIBYTE, retryAfterSeconds: () => 1 });
  for (const bytes of [300_000, 600_000, 70_000, 900_000]) {
    const lease = pool.lease();
    lease.bytes(bytes);
    lease.bytes(100);
    await lease.release();
    assert.ok(pool.usage.free <= MEBIBYTE, `${pool.usage.free}`);
  }
  assert.equal(pool.usage.lent, 0);
});

test('what is kept is let go for a larger one that the budget would not hold beside it', async () => {
  const pool = new MemoryPool({ bytes: MEBIBYTE, retryAfterSeconds: () => 1 });
  const small = pool.lease();
  for (let i = 0; i < 4; i++) small.bytes(200_000);
  await small.release();
  assert.equal(pool.usage.free, MEBIBYTE);
  pool.lease().bytes(500_000);
  assert.deepEqual(pool.usage, { lent: 500_000, free: MEBIBYTE / 2 });
});

test('what is given back before the rest is lent again, and counted once', async () => {
  const pool = new MemoryPool();
  const lease = pool.lease();
  const first = lease.bytes(100_000);
  lease.bytes(200_000);
  lease.giveBack(first);
  assert.equal(pool.usage.lent, 200_000);
  assert.equal(pool.lease().bytes(100_000).buffer, first.buffer);
  await lease.release();
  assert.equal(pool.usage.lent, 100_000);
});

test('a small request that gets a large buffer counts as a small one', async () => {
  const pool = new MemoryPool({ bytes: 4 * MEBIBYTE, retryAfterSeconds: () => 1 });
  const large = pool.lease();
  large.bytes(2 * MEBIBYTE);
  await large.release();
  const small = pool.lease();
  small.bytes(100_000);
  assert.equal(pool.usage.lent, 100_000);
});
