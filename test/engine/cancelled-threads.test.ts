import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/core/buffer-pool.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { type GatedEngineSettings, startGatedEngine } from '../helpers/engine/gated-engine.ts';

// Batches that are split between threads, when one of the threads fails or the batch is cancelled.

/** Of two parts, so that two threads have one each. */
const SAMPLES = 2 ** 18;

async function start(settings: GatedEngineSettings): Promise<Engine> {
  const engine = startGatedEngine(settings);
  await engine.ready;
  return engine;
}

function batchOf(command: string, samples = SAMPLES) {
  const numbers = new Array(samples).fill(1);
  return logitsBatch([samples], numbers, [samples], numbers, {}, { class_names: [command], outputs: ['gradients'] });
}

async function failsWith(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof ServiceError && error.code === code);
}

/** Memory of one request, and what of the pool is in use. */
function lease() {
  const pool = new MemoryPool();
  const memory = pool.lease();
  return { memory, release: () => memory.release(), inUse: () => pool.usage.lent };
}

test('a batch is split between the threads', async () => {
  const engine = await start({ threads: 2 });
  const gate = new Gate();
  const evaluation = engine.evaluate(batchOf(`hold ${gate.path}`));
  await gate.noted('begun', 2);
  gate.open();
  assert.ok((await evaluation).arrays.gradients!.every((number) => number === 1));
});

test('when one thread dies, the others are told to leave the batch, and its memory is kept until they have', async () => {
  const engine = await start({ threads: 2 });
  const gate = new Gate();
  const { memory, release, inUse } = lease();
  const command = `first-exits ${gate.path} ${new Gate().path}`;
  const failed = failsWith(engine.evaluate(batchOf(command), { memory }), 'engine_unavailable');
  await gate.noted('begun', 2);
  gate.open();
  await failed;
  await gate.noted('cancelled');
  await release();
  assert.equal(inUse(), 0);
  await until('the thread is replaced', () => engine.stats.restarts === 1);
  await engine.evaluate(batchOf('none'));
});

test('when one thread dies, the memory is kept for others that do not listen', async () => {
  const engine = await start({ threads: 2 });
  const [dying, late] = [new Gate(), new Gate()];
  const { memory, release, inUse } = lease();
  const command = `first-exits-others-late ${dying.path} ${late.path}`;
  const failed = failsWith(engine.evaluate(batchOf(command), { memory }), 'engine_unavailable');
  await dying.noted('begun', 2);
  dying.open();
  await failed;
  const released = release();
  await new Promise(setImmediate);
  assert.ok(inUse() > 0);
  late.open();
  await released;
  assert.equal(inUse(), 0);
});

test('a cancelled batch fails at once, and all of its threads are told', async () => {
  const engine = await start({ threads: 2 });
  const gate = new Gate();
  const cancellation = new Cancellation();
  const failed = failsWith(engine.evaluate(batchOf(`hold ${gate.path}`), { cancellation }), 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  await gate.noted('cancelled', 2);
  assert.equal(engine.stats.restarts, 0);
});

test('of a batch whose threads hang, each is ended and replaced', async () => {
  const engine = await start({ threads: 2, hangTimeoutMs: 200 });
  const gate = new Gate();
  const { memory, release, inUse } = lease();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batchOf(`hang ${gate.path}`), { cancellation, memory });
  const failed = failsWith(evaluation, 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  await until('both are replaced', () => engine.stats.restarts === 2);
  await release();
  assert.equal(inUse(), 0);
  await engine.evaluate(batchOf('none'));
});

test('of a batch of which one thread hangs, the other is not ended', async () => {
  const engine = await start({ threads: 2, hangTimeoutMs: 200 });
  const gate = new Gate();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batchOf(`first-hangs ${gate.path}`), { cancellation });
  const failed = failsWith(evaluation, 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  await gate.noted('cancelled');
  await until('one is replaced', () => engine.stats.restarts === 1);
  await Promise.all([engine.evaluate(batchOf('none')), engine.evaluate(batchOf('none'))]);
  assert.equal(engine.stats.restarts, 1);
});

test('a cancellation that is over is listened to by nobody', async () => {
  const engine = await start({ threads: 2 });
  const cancellation = new Cancellation();
  for (let i = 0; i < 3; i++) await engine.evaluate(batchOf('none'), { cancellation });
  await new Promise(setImmediate);
  assert.equal(cancellation.listenerCount('abort'), 0);
});

test('a batch that ends in any way makes place for the next', async () => {
  const engine = await start({ queueLimit: 1 });
  const aborted = new Cancellation();
  aborted.abort();
  for (const command of ['exit', 'bug', 'memory', 'not-finite', 'none']) {
    await engine.evaluate(batchOf(command, 4)).catch(() => {});
    await engine.evaluate(batchOf('none', 4), { cancellation: aborted }).catch(() => {});
    assert.deepEqual([engine.full, engine.stats.waiting], [false, 0], command);
  }
});
