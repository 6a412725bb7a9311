import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BufferLease } from '../../src/core/buffer-lease.ts';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { mulberry32 } from '../harness/mulberry32.ts';

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

test('a buffer is at most a quarter larger than what was asked for, or a page', () => {
  const pool = new BufferPool();
  for (let bytes = 1; bytes < 2 ** 31; bytes = Math.ceil(bytes * 1.07)) {
    const lease = pool.lease();
    lease.bytes(bytes);
    const { inUse } = pool.usage;
    assert.ok(
      inUse >= bytes && inUse <= Math.max(4096, Math.ceil((1.25 * bytes) / 4096) * 4096),
      `${inUse} for ${bytes}`,
    );
    lease.quarantine();
    lease.release();
  }
});

test('requests of all sizes, one after another, stay within the budget, free buffers included', () => {
  const pool = new BufferPool(16 * MEBIBYTE);
  for (let i = 0; i < 2000; i++) {
    const lease = pool.lease();
    const length = 1 + ((i * 7919) % (2 * MEBIBYTE));
    assert.equal(lease.float32(length).length, length);
    lease.release();
  }
  const { inUse, free } = pool.usage;
  assert.equal(inUse, 0);
  assert.ok(free <= 16 * MEBIBYTE, `${free}`);
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

/** The code and the Retry-After with which an acquire fails. */
function rejection(lease: BufferLease, bytes: number) {
  try {
    lease.bytes(bytes);
  } catch (error) {
    if (error instanceof ServiceError) return [error.code, error.retryAfterSeconds];
  }
  return undefined;
}

test('beyond the budget an acquire fails, with a time to retry where that helps', () => {
  const pool = new BufferPool(100_000);
  const first = pool.lease();
  first.bytes(60_000);
  const second = pool.lease();
  assert.deepEqual(rejection(second, 60_000), ['memory_exhausted', 1]);
  assert.deepEqual(rejection(second, 100_001), ['body_too_large', undefined]);
  assert.deepEqual(rejection(first, 60_000), ['body_too_large', undefined]);
  first.release();
  assert.equal(rejection(second, 60_000), undefined);
});

test('a charge counts like a buffer, until the release', () => {
  const pool = new BufferPool(100_000);
  const first = pool.lease();
  first.charge(90_000);
  assert.deepEqual(pool.usage, { inUse: 90_000, free: 0 });
  const second = pool.lease();
  assert.equal(rejection(second, 16_000)?.[0], 'memory_exhausted');
  assert.throws(() => first.charge(20_000), { code: 'body_too_large' });
  first.release();
  assert.deepEqual(pool.usage, { inUse: 0, free: 0 });
  assert.equal(rejection(second, 16_000), undefined);
});

test('a charge drops free buffers that the budget would not hold beside it', () => {
  const pool = new BufferPool(100_000);
  const first = pool.lease();
  first.bytes(60_000);
  first.release();
  pool.lease().charge(90_000);
  assert.deepEqual(pool.usage, { inUse: 90_000, free: 0 });
});

test('free buffers and buffers in use stay within the budget together, whatever the sizes and the order', () => {
  const budget = 4 * MEBIBYTE;
  const pool = new BufferPool(budget);
  const random = mulberry32(20261128);
  const leases = new Set<BufferLease>();
  for (let i = 0; i < 5000; i++) {
    const lease = pool.lease();
    leases.add(lease);
    const code = rejection(lease, Math.floor(2 ** (23 * random())))?.[0];
    assert.ok(code === undefined || code === 'memory_exhausted' || code === 'body_too_large');
    for (const held of leases) {
      if (random() < 0.5) continue;
      held.release();
      leases.delete(held);
    }
    const { inUse, free } = pool.usage;
    assert.ok(inUse >= 0 && free >= 0 && inUse + free <= budget, `${inUse} + ${free}`);
  }
});

test('free buffers of the size that was not used for longest are dropped first', () => {
  const pool = new BufferPool(MEBIBYTE);
  const use = (...sizes: number[]) => {
    const lease = pool.lease();
    const buffers = sizes.map((size) => lease.bytes(size).buffer);
    lease.release();
    return buffers;
  };
  const [steady] = use(2 ** 18);
  use(2 ** 17, 2 ** 17, 2 ** 17);
  use(2 ** 18);
  use(2 ** 19);
  assert.equal(pool.usage.free, 2 * 2 ** 17 + 2 ** 18 + 2 ** 19);
  assert.equal(use(2 ** 18)[0], steady);
});

test('a free buffer is used for its own size and the next smaller one, and counts with all its bytes', () => {
  const pool = new BufferPool(4 * MEBIBYTE);
  const large = pool.lease();
  large.bytes(2 * MEBIBYTE);
  large.release();
  const small = pool.lease();
  small.bytes(100_000);
  assert.deepEqual(pool.usage, { inUse: 114_688, free: 2 * MEBIBYTE });
  small.bytes(1.75 * MEBIBYTE);
  assert.deepEqual(pool.usage, { inUse: 114_688 + 2 * MEBIBYTE, free: 0 });
});

test('a buffer freed before the others is used again, and counted once', () => {
  const pool = new BufferPool();
  const lease = pool.lease();
  const first = lease.bytes(100_000);
  lease.bytes(200_000);
  lease.free(first);
  lease.free(first);
  assert.equal(pool.usage.inUse, 229_376);
  assert.equal(pool.lease().bytes(100_000).buffer, first.buffer);
  lease.release();
  assert.equal(pool.usage.inUse, 114_688);
});
