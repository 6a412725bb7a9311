import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Cancellation } from '../../src/core/cancellation.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { waitForExit } from '../../src/core/thread-registry.ts';
import { WorkerPool } from '../../src/core/worker-pool.ts';
import { until } from '../harness/until.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import type * as ObedientWorker from '../helpers/core/obedient-worker.ts';
import { sourceTimers } from '../helpers/source-timers.ts';

const OBEDIENT = new URL('../helpers/core/obedient-worker.ts', import.meta.url).href;
const SLOW = new URL('../helpers/core/slow-loading-worker.ts', import.meta.url).href;
const BROKEN = new URL('../helpers/engine/broken-worker.ts', import.meta.url).href;

function startPool(threads: number, worker = OBEDIENT): WorkerPool<typeof ObedientWorker> {
  const pool = new WorkerPool<typeof ObedientWorker>({ worker, threads });
  after(() => pool.destroy());
  return pool;
}

/** Shared with a worker thread. */
const sharedNumbers = (length = 1) => new Int32Array(new SharedArrayBuffer(4 * length));

function release(flag: Int32Array): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

async function untilStored(flag: Int32Array): Promise<void> {
  while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('the registry has the threads of a pool until they have ended', async () => {
  const pool = startPool(2);
  await pool.warmUp('getThreadId', 60_000);
  assert.equal(await waitForExit(0), 2);
  await pool.close();
  assert.equal(await waitForExit(10_000), 0);
});

test('if a thread dies, only its task fails, and its replacement serves the next and is counted', async () => {
  const pool = startPool(1);
  const first = await pool.run('getThreadId', undefined);
  assert.equal(pool.restarts, 0);
  const [lost, queued] = await Promise.allSettled([pool.run('exit', undefined), pool.run('getThreadId', undefined)]);
  assert.ok(lost.status === 'rejected' && lost.reason instanceof ServiceError);
  assert.deepEqual([lost.reason.code, lost.reason.retryAfterSeconds], ['engine_unavailable', 1]);
  assert.ok(queued.status === 'fulfilled' && queued.value !== first);
  assert.equal(pool.restarts, 1);
  assert.deepEqual(pool.threadIds, [queued.value]);
});

test('memory of a task whose thread hangs in native code is held until the thread has ended', async () => {
  const pool = startPool(1);
  const buffers = createTestBuffers(2 ** 20);
  const lease = buffers.lease();
  lease.bytes(1000);
  const [directory, cancellation] = [mkdtempSync(join(tmpdir(), 'focal-loss-worker-pool-')), new Cancellation()];
  after(() => rmSync(directory, { recursive: true }));
  const hanging = lease.holdUntil(pool.run('blockNatively', directory, { cancellation, lease }));
  await until('the thread is in native code', () => existsSync(join(directory, 'started')));
  cancellation.abort();
  await assert.rejects(hanging, { code: 'engine_unavailable' });
  lease.release();
  await pool.run('getThreadId', undefined);
  assert.equal(pool.restarts, 1);
  assert.equal(buffers.usage.inUse, 4096, 'the thread may still write there');
  writeFileSync(join(directory, 'end'), '');
  await until('the thread has ended', () => buffers.usage.inUse === 0);
});

test('a cancelled task fails, and its thread is ended and replaced', async () => {
  const pool = startPool(1);
  const [started, cancellation] = [sharedNumbers(), new Cancellation()];
  const hanging = pool.run('hang', started, { cancellation });
  await untilStored(started);
  cancellation.abort();
  await assert.rejects(hanging, { code: 'engine_unavailable' });
  await pool.run('getThreadId', undefined);
  assert.equal(pool.restarts, 1);
});

test('a bug arrives with the stack of the thread, and the thread stays', async () => {
  const pool = startPool(1);
  const thread = await pool.run('getThreadId', undefined);
  await assert.rejects(pool.run('fail', 'planted'), (error) => {
    assert.ok(error instanceof Error && !(error instanceof ServiceError));
    assert.match(error.message, /RangeError: planted\n\s+at .*obedient-worker/);
    return true;
  });
  assert.equal(await pool.run('getThreadId', undefined), thread);
});

test('a ServiceError arrives with all of its fields', async () => {
  await assert.rejects(startPool(1).run('reject', undefined), (error) => {
    assert.ok(error instanceof ServiceError);
    const { code, message, issues, more, retryAfterSeconds } = error;
    assert.deepEqual(
      { code, message, issues, more, retryAfterSeconds },
      {
        code: 'invalid_request',
        message: '1 issue',
        issues: [{ pointer: '/labels', message: 'expected an integer, got 0.5', index: [3] }],
        more: 2,
        retryAfterSeconds: 7,
      },
    );
    return true;
  });
});

test('a value arrives also if its buffer is transferred', async () => {
  assert.deepEqual(await startPool(1).run('makeNumbers', 3), Float64Array.of(0.5, 0.5, 0.5));
});

for (const cancellable of [false, true]) {
  test(`tasks run in the order of arrival${cancellable ? ', also if they can be cancelled' : ''}`, async () => {
    const pool = startPool(1);
    const list = sharedNumbers(41);
    const numbers = Array.from({ length: 40 }, (_, i) => i);
    await Promise.all(
      numbers.map((number) =>
        pool.run('append', { list, number }, cancellable ? { cancellation: new Cancellation() } : {}),
      ),
    );
    assert.deepEqual([...list], [40, ...numbers]);
  });
}

test('closing finishes running and queued tasks, and then ends the threads', async () => {
  const pool = startPool(1);
  const flag = sharedNumbers();
  const accepted = [pool.run('waitFor', flag), pool.run('waitFor', flag)];
  let closed = false;
  const closing = pool.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(closed, false);
  release(flag);
  await closing;
  assert.deepEqual(await Promise.all(accepted), ['done', 'done']);
  assert.deepEqual(pool.threadIds, []);
});

test('closing ends a thread that hangs, and fails what it was running and what is queued', async () => {
  const pool = startPool(1);
  const started = sharedNumbers();
  const tasks = Promise.allSettled([pool.run('hang', started), pool.run('getThreadId', undefined)]);
  await untilStored(started);
  await pool.close(50);
  assert.deepEqual(
    (await tasks).map((result) => result.status === 'rejected' && result.reason.code),
    ['engine_unavailable', 'engine_unavailable'],
  );
});

test('warming up waits for every thread', async () => {
  const ids = await startPool(3).warmUp('getThreadId', 60_000);
  assert.equal(new Set(ids).size, 3);
});

test('warming up fails with the reason if a thread does not start', async () => {
  await assert.rejects(startPool(2, BROKEN).warmUp('getThreadId', 60_000), /^Error: self-test "values"/);
});

test('warming up fails if a thread does not start in time', async () => {
  await assert.rejects(startPool(1).warmUp('getThreadId', 1), /^Error: it did not start within 0.001 s$/);
});

test('a thread that is loading its module is ended only afterwards: V8 might abort the process', async () => {
  for (const end of ['close', 'destroy'] as const) {
    const flag = sharedNumbers();
    const pool = new WorkerPool<typeof ObedientWorker>({ worker: SLOW, threads: 1, workerData: flag });
    await untilStored(flag);
    await pool[end]();
    await new Promise((resolve) => setTimeout(resolve, 1000)); // `destroy` does not wait.
    assert.equal(Atomics.load(flag, 0), 2, end);
  }
});

test('what is queued in a pool that is destroyed does not begin while a thread is still loading', async () => {
  const flag = sharedNumbers();
  const pool = new WorkerPool<typeof ObedientWorker>({ worker: SLOW, threads: 2, workerData: flag });
  await pool.warmUp('getThreadId', 60_000);
  const held = sharedNumbers();
  const running = pool.run('waitFor', held);
  Atomics.store(flag, 0, 0);
  await assert.rejects(pool.run('exit', undefined));
  await untilStored(flag); // The replacement loads.
  const list = sharedNumbers(3);
  const tasks = Promise.allSettled([running, ...[1, 2].map((number) => pool.run('append', { list, number }))]);
  pool.destroy();
  release(held);
  assert.equal((await tasks).at(-1)!.status, 'rejected');
  assert.ok(!list.subarray(1).includes(2));
});

test('a pool has a free thread again when a task has ended, whatever became of it', async () => {
  const pool = startPool(1);
  for (const run of [() => pool.run('getThreadId', undefined), () => pool.run('reject', undefined)]) {
    const task = run();
    assert.equal(pool.hasFreeThread, false);
    await task.catch(() => {});
    assert.equal(pool.hasFreeThread, true);
  }
});

test('closing does not leave the timer behind that waits for the replacement of a thread', async () => {
  const pool = startPool(1);
  const failures: Error[] = [];
  pool.onReplacementFailure((reason) => failures.push(reason), 60_000);
  await pool.warmUp('getThreadId', 60_000);
  await assert.rejects(pool.run('exit', undefined));
  await pool.close(); // Before or after the new thread is there.
  assert.deepEqual(failures, []);
  assert.deepEqual(sourceTimers.running, []);
});
