import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../src/core/cancellation.ts';
import { collectGarbage } from '../../src/core/collect-garbage.ts';
import type { ErrorCode } from '../../src/core/service-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { until } from '../harness/until.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

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
  setTimeout(() => cancellation.abort(), ms);
  return cancellation;
}

async function failsWith(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof Error && 'code' in error && error.code === code);
}

test('an engine rejects batches until it is ready, and then describes itself', async () => {
  const start = performance.now();
  await withEngine(startTestEngine(SETTINGS), async (engine) => {
    await failsWith(engine.evaluate(batch('early')), 'not_ready');
    const info = await engine.ready;
    assert.equal(info.name, 'wasm');
    assert.ok(info.warmUpMs > 0 && info.warmUpMs <= performance.now() - start);
    assert.ok(info.selfTest.cases > 20 && info.selfTest.worstRelativeError <= info.selfTest.tolerance);
  });
});

test('if a backend fails its self-test, the start fails and says why', async () => {
  await withEngine(startTestEngine(SETTINGS, BROKEN), async (engine) => {
    await assert.rejects(engine.ready, /backend "wasm" is unavailable: self-test "values": expected .*, got 0.5/);
  });
});

test('a batch that is cancelled in the queue fails at once, and no other does', async () => {
  await withEngine(startTestEngine({ ...SETTINGS, hangTimeoutMs: 10_000 }, FAILING), async (engine) => {
    await engine.ready;
    const order: string[] = [];
    const record = (name: string, work: Promise<unknown>) => work.finally(() => order.push(name));
    await Promise.all([
      record('running', engine.evaluate(batch('sleep'))),
      record(
        'cancelled',
        failsWith(engine.evaluate(batch('good'), { cancellation: cancelledAfter(20) }), 'deadline_exceeded'),
      ),
      record('waiting', engine.evaluate(batch('good'))),
    ]);
    assert.deepEqual(order, ['cancelled', 'running', 'waiting']);
  });
});

test('closing does not wait for a thread that hangs', async () => {
  const engine = startTestEngine(SETTINGS, FAILING);
  await engine.ready;
  await failsWith(engine.evaluate(batch('hang'), { cancellation: cancelledAfter(20) }), 'deadline_exceeded');
  await engine.close();
});

test('an engine fails when its threads keep dying', async () => {
  await withEngine(startTestEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    let failed = false;
    void engine.failed.then(() => {
      failed = true;
    });
    const die = () => failsWith(engine.evaluate(batch('exit')), 'engine_unavailable');
    for (let i = 0; i < 9; i++) await die();
    await engine.evaluate(batch('good')); // A success starts the count again.
    for (let i = 0; i < 9; i++) await die();
    assert.equal(failed, false);
    await die();
    assert.match((await engine.failed).message, /thread .* ended/);
  });
});

test('batches beyond the queue limit are rejected at once, and those in the queue are served', async () => {
  await withEngine(startTestEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    const accepted = ['sleep', 'first', 'second'].map((name) => engine.evaluate(batch(name)));
    await failsWith(engine.evaluate(batch('third')), 'queue_full');
    assert.equal((await Promise.all(accepted)).length, 3);
  });
});

test('an engine is idle while no batch runs or waits', async () => {
  await withEngine(startTestEngine(SETTINGS), async (engine) => {
    await engine.ready;
    assert.equal(engine.isIdle, true);
    const place = engine.enterQueue();
    assert.equal(engine.isIdle, false);
    place.leave();
    assert.equal(engine.isIdle, true);
  });
});

test('what was evaluated is not kept', async () => {
  await withEngine(startTestEngine(SETTINGS), async (engine) => {
    await engine.ready;
    const large = prepareBatch(optionsSchema.parse({}), {
      source: 'logits',
      predictions: { format: 'F32', shape: [100_000], values: new Float32Array(100_000) },
      labels: { shape: [100_000], values: new Float64Array(100_000) },
    });
    const evaluate = async () => new WeakRef(await engine.evaluate(large));
    const evaluation = await evaluate();
    await until('it is collected', () => {
      collectGarbage();
      return evaluation.deref() === undefined;
    });
  });
});

test('batches are evaluated in the order of arrival', async () => {
  await withEngine(startTestEngine({ ...SETTINGS, queueLimit: 100 }), async (engine) => {
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

test('a bug in the engine is not reported as a lost thread', async () => {
  await withEngine(startTestEngine(SETTINGS, FAILING), async (engine) => {
    await engine.ready;
    await assert.rejects(engine.evaluate(batch('bug')), /planted/);
  });
});

test('closing finishes accepted batches and rejects others', async () => {
  const engine = startTestEngine(SETTINGS, FAILING);
  await engine.ready;
  const accepted = [engine.evaluate(batch('sleep')), engine.evaluate(batch('waits'))];
  const closed = engine.close();
  await failsWith(engine.evaluate(batch('late')), 'shutting_down');
  await closed;
  assert.equal((await Promise.all(accepted)).length, 2);
});
