import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BufferLease } from '../../src/core/buffer-lease.ts';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { mulberry32 } from '../harness/mulberry32.ts';

const MEBIBYTE = 2 ** 20;

test('released memory is used again', () => {
  const pool = new BufferPool(MEBIBYTE);
  const first = pool.lease();
  const { byteOffset } = first.float32(1000);
  first.release();
  assert.deepEqual(pool.usage, { inUse: 0, free: 4096 });
  assert.equal(pool.lease().int32(1000).byteOffset, byteOffset);
});

test('buffers in use do not overlap, whatever the sizes and the order, and stay within eleven sixteenths of the budget', () => {
  const budget = 4 * MEBIBYTE;
  const pool = new BufferPool(budget);
  const random = mulberry32(20261128);
  const held: { lease: BufferLease; bytes: Uint8Array }[] = [];
  for (let i = 0; i < 20_000; i++) {
    const lease = pool.lease();
    try {
      const first = lease.bytes(2 ** (22 * random()));
      const bytes = lease.resize(first, first.length * 2 * random()) ?? first;
      held.push({ lease, bytes });
    } catch (error) {
      assert.match((error as ServiceError).code, /memory_exhausted|body_too_large/);
      lease.release();
    }
    while (random() < 0.6 && held.length > 0) {
      const [{ lease, bytes }] = held.splice(Math.floor(random() * held.length), 1) as [(typeof held)[0]];
      lease.free(bytes);
      lease.release();
    }
    const ranges = held.map(({ bytes }) => [bytes.byteOffset, bytes.byteOffset + bytes.length] as const);
    ranges.sort(([a], [b]) => a - b);
    assert.ok(ranges.every(([start], k) => k === 0 || ranges[k - 1]![1] <= start));
    const { inUse, free } = pool.usage;
    assert.ok(free >= 0 && inUse + free <= (11 / 16) * budget, `${inUse} + ${free}`);
  }
  for (const { lease } of held) lease.release();
  assert.equal(pool.usage.inUse, 0);
  assert.equal(pool.lease().bytes((11 / 16) * budget).length, (11 / 16) * budget, 'all of it is one piece again');
});

test('a buffer counts with its pages', () => {
  const pool = new BufferPool(MEBIBYTE);
  pool.lease().bytes(4097);
  assert.equal(pool.usage.inUse, 8192);
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
  const pool = new BufferPool(131_072);
  const first = pool.lease();
  first.bytes(60_000);
  const second = pool.lease();
  assert.deepEqual(rejection(second, 60_000), ['memory_exhausted', 1]);
  assert.deepEqual(rejection(second, 90_113), ['body_too_large', undefined]);
  assert.deepEqual(rejection(first, 60_000), ['body_too_large', undefined]);
  first.release();
  assert.equal(rejection(second, 60_000), undefined);
});

test('values take three sixteenths of the budget, and no memory of buffers', () => {
  const pool = new BufferPool(131_072);
  const first = pool.lease();
  first.charge(20_000);
  assert.deepEqual(pool.usage, { inUse: 20_000, free: 0 });
  const second = pool.lease();
  assert.throws(() => second.charge(10_000), { code: 'memory_exhausted' });
  assert.throws(() => first.charge(10_000), { code: 'body_too_large' });
  assert.equal(rejection(second, 90_112), undefined);
  first.release();
  second.charge(24_576);
});

test('small buffers that stay do not cut the space of large ones', () => {
  const pool = new BufferPool(64 * MEBIBYTE);
  for (let i = 0; i < 20; i++) {
    const large = pool.lease();
    large.bytes(30 * MEBIBYTE);
    pool.lease().bytes(65_536);
    large.release();
  }
  assert.equal(rejection(pool.lease(), 42 * MEBIBYTE), undefined);
});

test('a buffer grows in place while nothing is behind it, and keeps what it holds', () => {
  const pool = new BufferPool(64 * MEBIBYTE);
  const lease = pool.lease();
  const buffer = lease.bytes(2 * MEBIBYTE).fill(7);
  const grown = lease.resize(buffer, 4 * MEBIBYTE)!;
  assert.equal(grown.byteOffset, buffer.byteOffset);
  assert.ok(grown.subarray(0, 2 * MEBIBYTE).every((byte) => byte === 7));
  assert.equal(pool.usage.inUse, 4 * MEBIBYTE);
  pool.lease().bytes(2 * MEBIBYTE);
  assert.equal(lease.resize(grown, 5 * MEBIBYTE), undefined);
  assert.equal(lease.resize(grown, 100_000)!.length, 100_000);
  assert.equal(pool.usage.inUse, 2 * MEBIBYTE + 102_400);
  assert.throws(() => lease.resize(grown, 64 * MEBIBYTE), { code: 'body_too_large' });
  lease.release();
  assert.equal(pool.usage.inUse, 2 * MEBIBYTE);
});

test('a buffer freed before the others is used again, and counted once', () => {
  const pool = new BufferPool(MEBIBYTE);
  const lease = pool.lease();
  const first = lease.bytes(100_000);
  lease.bytes(200_000);
  lease.free(first);
  lease.free(first);
  assert.equal(pool.usage.inUse, 200_704);
  assert.equal(pool.lease().bytes(100_000).byteOffset, first.byteOffset);
  lease.release();
  assert.equal(pool.usage.inUse, 102_400);
});

test('budgets beyond 4 GiB are several pieces, whose offsets other threads understand', () => {
  const pool = new BufferPool(2 ** 34);
  const lease = pool.lease();
  const buffers = Array.from({ length: 3 }, () => lease.bytes(2.5 * 2 ** 30));
  assert.equal(new Set(buffers.map(({ buffer }) => buffer)).size, 3);
  for (const bytes of buffers) assert.ok(bytes.byteOffset + bytes.length <= 2 ** 32);
  assert.throws(() => lease.bytes(2.5 * 2 ** 30), { code: 'memory_exhausted' });
  const copies = buffers.map((bytes) => structuredClone(bytes));
  for (const copy of copies) lease.free(copy);
  assert.equal(pool.usage.inUse, 0);
});

test('a buffer larger than the largest piece is rejected for good', () => {
  assert.throws(() => new BufferPool(2 ** 34).lease().bytes(2 ** 32), { code: 'body_too_large' });
});

test('a budget beyond what the system gives is a wrong setting', () => {
  assert.throws(() => new BufferPool(2 ** 52), { name: 'SettingsError', message: /^MEMORY_BUDGET_BYTES.*, got 4503/ });
});
