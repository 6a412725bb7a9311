import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpooledLease } from '../../src/core/buffer-lease.ts';
import { AllocatorRegistry } from '../../src/core/remote-allocator.ts';
import { WorkerPool } from '../../src/core/worker-pool.ts';
import type * as AllocatingWorker from '../helpers/core/allocating-worker.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import { isCollected } from '../helpers/core/is-collected.ts';

const WORKER = new URL('../helpers/core/allocating-worker.ts', import.meta.url).href;

async function withWorker(
  run: (pool: WorkerPool<typeof AllocatingWorker>, registry: AllocatorRegistry) => Promise<void>,
): Promise<void> {
  const pool = new WorkerPool<typeof AllocatingWorker>({ worker: WORKER, threads: 2 });
  const registry = new AllocatorRegistry();
  pool.onMessage((message) => registry.handle(message));
  try {
    await run(pool, registry);
  } finally {
    await pool.close();
  }
}

test('a thread allocates from the lease of its task, and the numbers that it writes are there', async () => {
  await withWorker(async (pool, registry) => {
    const buffers = createTestBuffers(2 ** 20);
    const leases = Array.from({ length: 4 }, () => buffers.lease());
    const filled = await Promise.all(
      leases.map((lease, i) =>
        registry.share(lease, (allocator) => pool.run('fill', { allocator, lengths: [1000, 8000], value: i })),
      ),
    );
    for (const [i, arrays] of filled.entries()) {
      assert.deepEqual(
        arrays.map((array) => [array.length, array.every((value) => value === i)]),
        [
          [1000, true],
          [8000, true],
        ],
      );
    }
    assert.equal(buffers.usage.inUse, 4 * (8192 + 65_536));
    for (const lease of leases) lease.release();
    assert.equal(buffers.usage.inUse, 0);
  });
});

test('a thread that is woken before the reply is there waits on', async () => {
  const pool = new WorkerPool<typeof AllocatingWorker>({ worker: WORKER, threads: 1 });
  const registry = new AllocatorRegistry();
  let replied: Int32Array | undefined;
  pool.onMessage((message) => {
    replied = (message as { connection?: { replied: Int32Array } }).connection?.replied ?? replied;
    if (replied) Atomics.notify(replied, 0);
    setTimeout(() => registry.handle(message), 10);
  });
  try {
    const buffers = createTestBuffers(2 ** 20);
    const lease = buffers.lease();
    const charge = () => registry.share(lease, (allocator) => pool.run('charge', { allocator, bytes: 1000 }));
    for (let i = 0; i < 5; i++) await charge();
    assert.equal(buffers.usage.inUse, 5000);
    lease.release();
  } finally {
    await pool.close();
  }
});

test('a charge counts until the lease ends', async () => {
  await withWorker(async (pool, registry) => {
    const buffers = createTestBuffers(2 ** 20);
    const lease = buffers.lease();
    await registry.share(lease, (allocator) => pool.run('charge', { allocator, bytes: 150_000 }));
    assert.equal(buffers.usage.inUse, 150_000);
    lease.release();
    assert.equal(buffers.usage.inUse, 0);
  });
});

test('a thread gets the error of the budget, and its pool goes on', async () => {
  await withWorker(async (pool, registry) => {
    const lease = createTestBuffers(2 ** 20).lease();
    const run = (bytes: number) => registry.share(lease, (allocator) => pool.run('charge', { allocator, bytes }));
    await assert.rejects(run(2 ** 21), { name: 'ServiceError', code: 'body_too_large' });
    await run(1000);
    assert.equal(pool.restarts, 0);
    lease.release();
  });
});

test('a thread makes a buffer longer and shorter where it is, and returns another early', async () => {
  await withWorker(async (pool, registry) => {
    const buffers = createTestBuffers(2 ** 24);
    const lease = buffers.lease();
    const held = await registry.share(lease, (allocator) =>
      pool.run('grow', { allocator, lengths: [8192, 65_536, 5000] }),
    );
    assert.deepEqual(
      held.map((bytes) => [bytes?.length, bytes?.at(-1)]),
      [
        [8192, 0],
        [65_536, 1],
        [5000, 0],
      ],
    );
    assert.equal(buffers.usage.inUse, 8192);
    lease.release();
    assert.equal(buffers.usage.inUse, 0);
  });
});

test('nothing refers to the lease of a task that has ended', async () => {
  await withWorker(async (pool, registry) => {
    const share = async (bytes: number) => {
      const lease = unpooledLease();
      await registry.share(lease, (allocator) => pool.run('charge', { allocator, bytes })).catch(() => {});
      return new WeakRef(lease);
    };
    const references = [await share(1), await share(2)];
    for (const reference of references) assert.ok(await isCollected(reference));
  });
});

test('nothing refers to the connection of a thread that has ended', async () => {
  const pool = new WorkerPool<typeof AllocatingWorker>({ worker: WORKER, threads: 1 });
  const registry = new AllocatorRegistry();
  const connections: WeakRef<object>[] = [];
  pool.onMessage((message) => {
    const { connection } = message as { connection?: object };
    if (connection) connections.push(new WeakRef(connection));
    registry.handle(message);
  });
  await registry.share(unpooledLease(), (allocator) => pool.run('charge', { allocator, bytes: 1 }));
  await pool.close();
  assert.equal(connections.length, 1);
  assert.ok(await isCollected(connections[0]!));
});
