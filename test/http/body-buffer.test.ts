import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BufferLease, unpooledLease } from '../../src/core/buffer-lease.ts';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { BodyBuffer } from '../../src/http/body-buffer.ts';

const MEBIBYTE = 2 ** 20;
const LIMIT = 1024 * MEBIBYTE;
const CHUNK = new Uint8Array(65_536).fill(7);

/** Adds so many bytes, and calls back after each chunk with what has arrived. */
function fill(buffer: BodyBuffer, bytes: number, check: (arrived: number) => void = () => {}): void {
  for (let arrived = 0; arrived < bytes; ) {
    const chunk = CHUNK.subarray(0, bytes - arrived);
    buffer.add(chunk);
    arrived += chunk.length;
    check(arrived);
  }
}

test('a small body gets what it declares', () => {
  const pool = new BufferPool();
  const buffer = new BodyBuffer(pool.lease(), { limit: LIMIT }, 20_000);
  assert.equal(pool.usage.inUse, 20_480);
  fill(buffer, 20_000);
  assert.deepEqual(pool.usage, { inUse: 20_480, free: 0 });
});

test('a gigabyte that is declared takes 64 KiB, then at most 20 times what has arrived', () => {
  const pool = new BufferPool();
  const buffer = new BodyBuffer(pool.lease(), { limit: LIMIT }, LIMIT);
  assert.equal(pool.usage.inUse, 65_536);
  fill(buffer, 80 * MEBIBYTE, (arrived) => {
    const { inUse } = pool.usage;
    assert.ok(inUse >= arrived && inUse <= 20 * arrived, `${inUse} bytes for ${arrived}`);
  });
  assert.equal(pool.usage.inUse, LIMIT);
});

test('a body that does not declare its length takes at most 2.5 times what has arrived', () => {
  const pool = new BufferPool();
  const buffer = new BodyBuffer(pool.lease(), { limit: LIMIT });
  fill(buffer, 33 * MEBIBYTE, (arrived) => {
    const { inUse } = pool.usage;
    assert.ok(inUse >= arrived && inUse <= 2.5 * arrived, `${inUse} bytes for ${arrived}`);
  });
});

/** Counts the bytes that a body copies from one buffer to the next, besides those of its chunks. */
function copied(declared: number): number {
  const lease = unpooledLease();
  let copies = 0;
  let held = 0;
  const counting = {
    bytes(length: number) {
      copies += held;
      held = length;
      return lease.bytes(length);
    },
    free() {},
  };
  fill(new BodyBuffer(counting as Partial<BufferLease> as BufferLease, { limit: LIMIT }, declared), declared);
  return copies;
}

test('a body whose length is declared is copied by a fifteenth, and 64 KiB', () => {
  for (const declared of [65_536, 65_537, MEBIBYTE, MEBIBYTE + 1, 17 * MEBIBYTE, 33 * MEBIBYTE, 100 * MEBIBYTE]) {
    const bytes = copied(declared);
    assert.ok(bytes <= declared / 15 + 65_536 + 8, `${bytes} of ${declared}`);
  }
});

test('what arrived is what the body is, however it grew and is aligned', () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) >> 3);
  for (const declared of [bytes.length, undefined]) {
    for (const alignAt of [0, 5]) {
      const buffer = new BodyBuffer(unpooledLease(), { limit: 3_000_000, alignAt }, declared);
      for (let at = 0; at < bytes.length; at += 9973) buffer.add(bytes.subarray(at, at + 9973));
      const body = buffer.body();
      assert.deepEqual(Buffer.from(body), Buffer.from(bytes));
      assert.equal((body.byteOffset + alignAt) % 8, 0);
    }
  }
});

test('a body beyond its limit is rejected', () => {
  const buffer = new BodyBuffer(unpooledLease(), { limit: 100_000 });
  assert.throws(() => fill(buffer, 100_001), { code: 'body_too_large' });
});
