import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/loss/memory.ts';

const MEBIBYTE = 2 ** 20;

test('what was given back is lent again', () => {
  const pool = new MemoryPool();
  const first = pool.lease();
  const { buffer } = first.float32(1000);
  first.release();
  assert.equal(pool.lease().int32(1000).buffer, buffer);
});

test('what is lent is nobody else’s', () => {
  const pool = new MemoryPool();
  const leases = [pool.lease(), pool.lease()];
  const buffers = leases.flatMap((lease) => [lease.float32(10).buffer, lease.float32(10).buffer]);
  assert.equal(new Set(buffers).size, 4);
});

test('requests of all sizes, one after another, take no more than twice the largest', () => {
  const pool = new MemoryPool();
  for (let i = 0; i < 2000; i++) {
    const lease = pool.lease();
    const length = 1 + ((i * 7919) % (2 * MEBIBYTE));
    assert.equal(lease.float32(length).length, length);
    lease.release();
  }
  const { lent, free } = pool.usage;
  assert.equal(lent, 0);
  assert.ok(free <= 2 * 8 * MEBIBYTE, `${free}`);
});

test('a small request does not hold a large buffer', () => {
  const pool = new MemoryPool();
  const large = pool.lease();
  large.float32(8 * MEBIBYTE);
  large.release();
  assert.ok(pool.lease().float32(10).buffer.byteLength < MEBIBYTE);
});

test('what was abandoned is never lent again, also when its lease ends', () => {
  const pool = new MemoryPool();
  const lease = pool.lease();
  const { buffer } = lease.float32(1000);
  lease.abandon();
  lease.release();
  assert.deepEqual(pool.usage, { lent: 0, free: 0 });
  assert.notEqual(pool.lease().float32(1000).buffer, buffer);
});
