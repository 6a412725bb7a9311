import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { ServiceError } from '../../src/core/service-error.ts';

const MEBIBYTE = 2 ** 20;

test('a released buffer is used again', () => {
  const pool = new BufferPool();
  const first = pool.lease();
  const { buffer } = first.float32(1000);
  first.release();
  assert.equal(pool.lease().int32(1000).buffer, buffer);
});

test('a buffer in use belongs to one lease', () => {
  const pool = new BufferPool();
  const leases = [pool.lease(), pool.lease()];
  const buffers = leases.flatMap((lease) => [lease.float32(10).buffer, lease.float32(10).buffer]);
  assert.equal(new Set(buffers).size, 4);
});

test('requests of all sizes, one after another, take no more than twice the largest', () => {
  const pool = new BufferPool();
  for (let i = 0; i < 2000; i++) {
    const lease = pool.lease();
    const length = 1 + ((i * 7919) % (2 * MEBIBYTE));
    assert.equal(lease.float32(length).length, length);
    lease.release();
  }
  const { inUse, free } = pool.usage;
  assert.equal(inUse, 0);
  assert.ok(free <= 2 * 8 * MEBIBYTE, `${free}`);
});

test('a small request does not hold a large buffer', () => {
  const pool = new BufferPool();
  const large = pool.lease();
  large.float32(8 * MEBIBYTE);
  large.release();
  assert.ok(pool.lease().float32(10).buffer.byteLength < MEBIBYTE);
});

test('a quarantined buffer is never used again, also when its lease ends', () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  const { buffer } = lease.float32(1000);
  lease.quarantine();
  lease.release();
  assert.deepEqual(pool.usage, { inUse: 0, free: 0 });
  assert.notEqual(pool.lease().float32(1000).buffer, buffer);
});

test('beyond the budget an acquire fails, with a time to retry where that helps', () => {
  const pool = new BufferPool({ bytes: 100_000, retryAfterSeconds: () => 7 });
  const first = pool.lease();
  first.bytes(60_000);
  const second = pool.lease();
  const rejection = (lease: typeof first, bytes: number) => {
    try {
      lease.bytes(bytes);
    } catch (error) {
      if (error instanceof ServiceError) return [error.code, error.retryAfterSeconds];
    }
    return undefined;
  };
  assert.deepEqual(rejection(second, 60_000), ['memory_exhausted', 7]);
  assert.deepEqual(rejection(second, 100_001), ['body_too_large', undefined]);
  assert.deepEqual(rejection(first, 60_000), ['body_too_large', undefined]);
  first.release();
  assert.equal(rejection(second, 60_000), undefined);
});

test('free buffers and buffers in use stay within the budget together', () => {
  const pool = new BufferPool({ bytes: MEBIBYTE, retryAfterSeconds: () => 1 });
  for (const bytes of [300_000, 600_000, 70_000, 900_000]) {
    const lease = pool.lease();
    lease.bytes(bytes);
    lease.bytes(100);
    lease.release();
    assert.ok(pool.usage.free <= MEBIBYTE, `${pool.usage.free}`);
  }
  assert.equal(pool.usage.inUse, 0);
});

test('free buffers are dropped for a larger one that the budget would not hold beside them', () => {
  const pool = new BufferPool({ bytes: MEBIBYTE, retryAfterSeconds: () => 1 });
  const small = pool.lease();
  for (let i = 0; i < 4; i++) small.bytes(200_000);
  small.release();
  assert.equal(pool.usage.free, MEBIBYTE);
  pool.lease().bytes(500_000);
  assert.deepEqual(pool.usage, { inUse: 500_000, free: MEBIBYTE / 2 });
});

test('a buffer freed before the others is used again, and counted once', () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  const first = lease.bytes(100_000);
  lease.bytes(200_000);
  lease.free(first);
  lease.free(first);
  assert.equal(pool.usage.inUse, 200_000);
  assert.equal(pool.lease().bytes(100_000).buffer, first.buffer);
  lease.release();
  assert.equal(pool.usage.inUse, 100_000);
});

test('a small request that gets a large buffer counts as a small one', () => {
  const pool = new BufferPool({ bytes: 4 * MEBIBYTE, retryAfterSeconds: () => 1 });
  const large = pool.lease();
  large.bytes(2 * MEBIBYTE);
  large.release();
  const small = pool.lease();
  small.bytes(100_000);
  assert.equal(pool.usage.inUse, 100_000);
});
