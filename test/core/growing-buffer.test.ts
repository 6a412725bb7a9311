import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator } from '../../src/core/allocator.ts';
import { GrowingBuffer } from '../../src/core/growing-buffer.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';

const MEBIBYTE = 2 ** 20;
const LIMIT = 1024 * MEBIBYTE;
const CHUNK = new Uint8Array(65_536).fill(7);

/** Adds so many bytes, and calls back after each chunk with what has arrived. */
function fill(buffer: GrowingBuffer, bytes: number, check: (arrived: number) => void = () => {}): void {
  for (let arrived = 0; arrived < bytes; ) {
    const chunk = CHUNK.subarray(0, bytes - arrived);
    buffer.add(chunk);
    arrived += chunk.length;
    check(arrived);
  }
}

test('a small body gets what it declares', () => {
  const pool = createTestBuffers(2 ** 31);
  const lease = pool.lease();
  const buffer = new GrowingBuffer(lease, { limit: LIMIT }, 20_000);
  assert.equal(pool.usage.inUse, 20_480);
  fill(buffer, 20_000);
  assert.deepEqual(pool.usage, { inUse: 20_480, free: 0 });
  lease.release();
});

test('a gigabyte that is declared takes 64 KiB, then at most 20 times what has arrived', () => {
  const pool = createTestBuffers(2 ** 31);
  const lease = pool.lease();
  const buffer = new GrowingBuffer(lease, { limit: LIMIT }, LIMIT);
  assert.equal(pool.usage.inUse, 65_536);
  fill(buffer, 80 * MEBIBYTE, (arrived) => {
    const { inUse } = pool.usage;
    assert.ok(inUse >= arrived && inUse <= 20 * arrived, `${inUse} bytes for ${arrived}`);
  });
  assert.equal(pool.usage.inUse, LIMIT);
  lease.release();
});

test('a body that does not declare its length takes at most 2.5 times what has arrived', () => {
  const pool = createTestBuffers(2 ** 31);
  const lease = pool.lease();
  const buffer = new GrowingBuffer(lease, { limit: LIMIT });
  fill(buffer, 33 * MEBIBYTE, (arrived) => {
    const { inUse } = pool.usage;
    assert.ok(inUse >= arrived && inUse <= 2.5 * arrived, `${inUse} bytes for ${arrived}`);
  });
  buffer.finish();
  // What it has more than the body is released, and all that it had before.
  assert.equal(pool.usage.inUse, 33 * MEBIBYTE);
  lease.release();
});

/** Has no room behind any buffer, and counts the bytes that are copied from one to the next. */
class MovingAllocator extends Allocator {
  copied = 0;
  /** Those that are not freed. */
  readonly held = new Set<Uint8Array>();
  #held = 0;

  bytes(length: number): Uint8Array {
    this.copied += this.#held;
    this.#held = length;
    const bytes = new Uint8Array(length);
    this.held.add(bytes);
    return bytes;
  }

  override free(bytes: Uint8Array): void {
    assert.ok(this.held.delete(bytes), 'what is freed was allocated here, and is freed once');
  }

  charge(): void {}
}

function copied(declared: number): number {
  const allocator = new MovingAllocator();
  fill(new GrowingBuffer(allocator, { limit: LIMIT }, declared), declared);
  assert.equal(allocator.held.size, 1, 'each buffer is freed when the next one has its bytes');
  return allocator.copied;
}

test('a body whose length is declared is copied by a fifteenth, and 64 KiB', () => {
  for (const declared of [65_536, 65_537, MEBIBYTE, MEBIBYTE + 1, 17 * MEBIBYTE, 33 * MEBIBYTE, 100 * MEBIBYTE]) {
    const bytes = copied(declared);
    assert.ok(bytes <= declared / 15 + 65_536 + 8, `${bytes} of ${declared}`);
  }
});

test('what arrived is what the body is, however it grew and is aligned', () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) >> 3);
  const cases = [bytes.length, undefined].flatMap((declared) => [0, 5].map((alignAt) => ({ declared, alignAt })));
  for (const { declared, alignAt } of cases) {
    const lease = createTestBuffers(2 ** 25).lease();
    for (const allocator of [lease, new MovingAllocator()]) {
      const buffer = new GrowingBuffer(allocator, { limit: 3_000_000, alignAt }, declared);
      for (let at = 0; at < bytes.length; at += 9973) buffer.add(bytes.subarray(at, at + 9973));
      const body = buffer.finish();
      assert.deepEqual(Buffer.from(body), Buffer.from(bytes));
      assert.equal((body.byteOffset + alignAt) % 8, 0);
    }
    lease.release();
  }
});

test('a body beyond its limit is rejected, and one of just that length is not, wherever its numbers begin', () => {
  for (const alignAt of [0, 5]) {
    const options = { limit: 100_000, alignAt };
    const buffer = new GrowingBuffer(new MovingAllocator(), options);
    assert.throws(() => fill(buffer, 100_001), { code: 'body_too_large' });
    const exact = new GrowingBuffer(new MovingAllocator(), options);
    fill(exact, 100_000);
    assert.equal(exact.finish().length, 100_000);
  }
});
