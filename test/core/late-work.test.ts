import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/core/buffer-pool.ts';

// Memory that a thread may still write to, seen from the memory alone: what no request can be made to show.

/** Memory of one request: how it is used here, whatever its classes are called. */
function leaseOf(pool = new MemoryPool()) {
  const memory = pool.lease();
  return {
    take: (bytes: number) => memory.bytes(bytes),
    giveBack: (bytes: Uint8Array) => memory.giveBack(bytes),
    holdUntil: (work: Promise<unknown>) => memory.keepFor(work),
    quarantine: () => memory.abandon(),
    release: () => memory.release(),
    inUse: () => pool.usage.lent,
    free: () => pool.usage.free,
  };
}

/** Work of a thread, that ends when the test says so. */
function workOf() {
  let end = () => {};
  let fail = (_: Error) => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { done, end, fail };
}

/** Lets everything happen that nothing holds up. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

test('work that begins while a release waits for other work holds the memory, too', {
  todo: 'a release takes a snapshot of the work there is when it is called',
}, async () => {
  const lease = leaseOf();
  lease.take(1000);
  const [first, second] = [workOf(), workOf()];
  lease.holdUntil(first.done);
  void lease.release();
  lease.holdUntil(second.done);
  first.end();
  await settle();
  assert.equal(lease.inUse(), 1000);
  second.end();
  await settle();
  assert.deepEqual([lease.inUse(), lease.free() > 0], [0, true]);
});

test('a release waits for all work that began before it, in whatever order it ends, and whether it fails', async () => {
  const lease = leaseOf();
  lease.take(1000);
  const works = [workOf(), workOf(), workOf()];
  for (const { done } of works) lease.holdUntil(done);
  void lease.release();
  works[1]!.fail(new Error('planted'));
  await settle();
  assert.equal(lease.inUse(), 1000);
  works[2]!.end();
  await settle();
  assert.equal(lease.inUse(), 1000);
  works[0]!.end();
  await settle();
  assert.equal(lease.inUse(), 0);
});

test('memory that is released twice is free once', async () => {
  const lease = leaseOf();
  lease.take(100_000);
  void lease.release();
  void lease.release();
  await settle();
  assert.equal(lease.inUse(), 0);
  const { free } = lease;
  const once = leaseOf();
  once.take(100_000);
  void once.release();
  await settle();
  assert.equal(free(), once.free());
});

test('memory that is quarantined while its release waits is never free, and no longer counts as in use', async () => {
  const lease = leaseOf();
  lease.take(1000);
  const work = workOf();
  lease.holdUntil(work.done);
  void lease.release();
  lease.quarantine();
  assert.equal(lease.inUse(), 0);
  work.end();
  await settle();
  assert.deepEqual([lease.inUse(), lease.free()], [0, 0]);
});

test('one request’s work holds nobody else’s memory', async () => {
  const pool = new MemoryPool();
  const [held, other] = [leaseOf(pool), leaseOf(pool)];
  held.take(1000);
  other.take(500);
  held.holdUntil(new Promise(() => {}));
  void held.release();
  void other.release();
  await settle();
  assert.equal(held.inUse(), 1000);
});

test('what is given back early is given back once', async () => {
  const lease = leaseOf();
  const bytes = lease.take(1000);
  lease.take(500);
  lease.giveBack(bytes);
  lease.giveBack(bytes);
  assert.equal(lease.inUse(), 500);
  void lease.release();
  await settle();
  assert.equal(lease.inUse(), 0);
});
