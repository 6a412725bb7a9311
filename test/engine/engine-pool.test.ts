import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { ErrorCode } from '../../src/core/service-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';

const SETTINGS = { engine: 'wasm', threads: 1, queueLimit: 2, hangTimeoutMs: 100 } as const;
const FAILING = new URL('../helpers/engine/failing-worker.ts', import.meta.url).href;
const BROKEN = new URL('../helpers/engine/broken-worker.ts', import.meta.url).href;

function batch(name: string): Batch {
  return prepareBatch(optionsSchema.parse({ class_names: [name] }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [2], values: Float32Array.of(1, -1) },
    labels: { shape: [2], values: Float64Array.of(1, 0) },
  });
}

async function withEngine(engine: Engine, use: (engine: Engine) => Promise<void>): Promise<void> {
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

function cancelledAfter(ms: number): Cancellation {
  const cancellation = new Cancellation();
  if (ms === 0) cancellation.abort();
  else setTimeout(() => cancellation.abort(), ms);
  return cancellation;
}

async function fails(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof Error && 'code' in error && error.code === code);
}

test('before it is warm, an engine refuses; then it tells what it is', async () => {
  await withEngine(startEngine(SETTINGS), async (engine) => {
    await fails(engine.evaluate(batch('early')), 'not_ready');
    const info = await engine.ready;
    assert.equal(info.name, 'wasm');
    assert.ok(info.selfTest.cases > 20 && info.selfTest.worstRelativeError <= info.selfTest.tolerance);
  });
});

test('a backend that fails its self-test stops the start, and says why', async () => {
  await withEngine(startEngine(SETTINGS, BROKEN), async (engine) => {
    await assert.rejects(engine.ready, /engine "wasm" can't be had: self-test "values": sums is off by 0.5/);
  });
});

test('a thread that dies fails only its own batch, and is replaced', async () => {
  await withEngine(startEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    const [dead, alive] = await Promise.allSettled([engine.evaluate(batch('exit')), engine.evaluate(batch('good'))]);
    assert.equal(dead.status === 'rejected' && dead.reason.code, 'engine_unavailable');
    assert.equal(alive.status, 'fulfilled');
  });
});

test('a batch that takes too long is given up, and its thread only if it hangs', async () => {
  await withEngine(startEngine({ ...SETTINGS, hangTimeoutMs: 1000 }, FAILING), async (engine) => {
    await engine.ready;
    const thread = async () => (await engine.evaluate(batch('good'))).sums[0];
    const first = await thread();
    await fails(engine.evaluate(batch('sleep'), { cancellation: cancelledAfter(50) }), 'deadline_exceeded');
    assert.equal(await thread(), first);
    await fails(engine.evaluate(batch('hang'), { cancellation: cancelledAfter(50) }), 'deadline_exceeded');
    assert.notEqual(await thread(), first);
  });
});

test('a batch that is given up while it waits fails at once, and those around it do not', async () => {
  await withEngine(startEngine({ ...SETTINGS, hangTimeoutMs: 10_000 }, FAILING), async (engine) => {
    await engine.ready;
    const order: string[] = [];
    const noted = (name: string, work: Promise<unknown>) => work.finally(() => order.push(name));
    await Promise.all([
      noted('running', engine.evaluate(batch('sleep'))),
      noted(
        'given up',
        fails(engine.evaluate(batch('good'), { cancellation: cancelledAfter(20) }), 'deadline_exceeded'),
      ),
      noted('waiting', engine.evaluate(batch('good'))),
    ]);
    assert.deepEqual(order, ['given up', 'running', 'waiting']);
    await fails(engine.evaluate(batch('good'), { cancellation: cancelledAfter(0) }), 'deadline_exceeded');
  });
});

test('closing waits no longer for a thread that hangs than anybody does', async () => {
  const engine = startEngine(SETTINGS, FAILING);
  await engine.ready;
  await fails(engine.evaluate(batch('hang'), { cancellation: cancelledAfter(20) }), 'deadline_exceeded');
  await engine.close();
});

test('memory is kept from others while a thread may write there', async () => {
  await withEngine(startEngine({ ...SETTINGS, hangTimeoutMs: 10_000 }, FAILING), async (engine) => {
    await engine.ready;
    const pool = new BufferPool();
    const lease = pool.lease();
    await fails(engine.evaluate(batch('sleep'), { lease, cancellation: cancelledAfter(20) }), 'deadline_exceeded');
    lease.release();
    await new Promise(setImmediate);
    assert.ok(pool.usage.inUse > 0);
    while (pool.usage.inUse > 0) await new Promise(setImmediate);
  });
});

test('an engine whose threads keep dying says so', async () => {
  await withEngine(startEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    let failed = false;
    void engine.failed.then(() => {
      failed = true;
    });
    const die = () => fails(engine.evaluate(batch('exit')), 'engine_unavailable');
    for (let i = 0; i < 9; i++) await die();
    await engine.evaluate(batch('good')); // That one was served speaks for the engine.
    for (let i = 0; i < 9; i++) await die();
    assert.equal(failed, false);
    await die();
    assert.match((await engine.failed).message, /thread .* ended/);
  });
});

test('beyond the queue limit batches are refused at once, and those that wait are not lost', async () => {
  await withEngine(startEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    const accepted = ['sleep', 'first', 'second'].map((name) => engine.evaluate(batch(name)));
    await fails(engine.evaluate(batch('third')), 'queue_full');
    assert.equal((await Promise.all(accepted)).length, 3);
  });
});

test('batches are evaluated in the order in which they came', async () => {
  await withEngine(startEngine({ ...SETTINGS, queueLimit: 100 }), async (engine) => {
    await engine.ready;
    const order: number[] = [];
    const sent = Array.from({ length: 60 }, async (_, i) => {
      await engine.evaluate(batch(`${i}`), { cancellation: new Cancellation() });
      order.push(i);
    });
    await Promise.all(sent);
    assert.deepEqual(
      order,
      Array.from({ length: 60 }, (_, i) => i),
    );
  });
});

test('a bug in the engine is not taken for the death of its thread', async () => {
  await withEngine(startEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    await assert.rejects(engine.evaluate(batch('bug')), /planted/);
  });
});

test('closing finishes what was accepted, then refuses', async () => {
  const engine = startEngine(SETTINGS, FAILING);
  await engine.ready;
  const accepted = [engine.evaluate(batch('sleep')), engine.evaluate(batch('waits'))];
  const closed = engine.close();
  await fails(engine.evaluate(batch('late')), 'shutting_down');
  await closed;
  assert.equal((await Promise.all(accepted)).length, 2);
});
