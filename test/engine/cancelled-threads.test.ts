import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BufferPool } from '../../src/core/buffer-pool.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { Arrival } from '../../src/engine/arrival.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { closeAfterwards, failsWith, GATED_WORKER, startGatedEngine } from '../helpers/engine/gated-engine.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// Batches that are divided among threads, when one of the threads fails or the batch is cancelled.

/** Of two parts, so that two threads have one each. */
const SAMPLES = 2 ** 18;

function batchOf(command: string, samples = SAMPLES) {
  const numbers = new Array(samples).fill(1);
  return logitsBatch([samples], numbers, [samples], numbers, {}, { class_names: [command], outputs: ['gradients'] });
}

function leaseOfPool() {
  const pool = createTestBuffers(2 ** 30);
  return { pool, lease: pool.lease() };
}

const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const released = (pool: BufferPool) => until('the buffers are released', () => pool.usage.inUse === 0);

test('a batch is divided among the threads', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const gate = new Gate();
  const evaluation = engine.evaluate(batchOf(`hold ${gate.path}`));
  await gate.noted('begun', 2);
  gate.open();
  assert.ok((await evaluation).arrays.gradients!.every((number) => number === 1));
});

test('when one thread dies, the others stop, and the buffers are released after that', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const gate = new Gate();
  const { pool, lease } = leaseOfPool();
  const command = `first-exits ${gate.path} ${new Gate().path}`;
  const failed = failsWith(engine.evaluate(batchOf(command), { lease }), 'engine_unavailable');
  await gate.noted('begun', 2);
  gate.open();
  await failed;
  await gate.noted('cancelled');
  lease.release();
  await released(pool);
  await until('the thread is replaced', () => engine.stats.restarts === 1);
  await engine.evaluate(batchOf('none'));
});

test('when one thread dies, the buffers stay in use for others that do not stop', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const [dying, late] = [new Gate(), new Gate()];
  const { pool, lease } = leaseOfPool();
  const command = `first-exits-others-late ${dying.path} ${late.path}`;
  const failed = failsWith(engine.evaluate(batchOf(command), { lease }), 'engine_unavailable');
  await dying.noted('begun', 2);
  dying.open();
  await failed;
  lease.release();
  await new Promise(setImmediate);
  assert.ok(pool.usage.inUse > 0);
  late.open();
  await released(pool);
});

test('when one thread dies, no other waits for the rest of a batch that is arriving', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const { pool, lease } = leaseOfPool();
  const [dying, other] = [new Gate(), new Gate()];
  other.open();
  const arrival = new Arrival();
  const batch = batchOf(`first-exits ${dying.path} ${other.path}`, 4 * SAMPLES);
  const failed = failsWith(engine.evaluate(batch, { lease, arrival }), 'engine_unavailable');
  arrival.advance(4 * 2 * SAMPLES); // Half of the logits.
  await dying.noted('begun', 2);
  dying.open();
  await failed;
  lease.release();
  await released(pool);
});

test('a cancelled batch fails at once, its threads stop, and they serve the next batch', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const timers = countTimers();
  const gate = new Gate();
  const cancellation = new Cancellation();
  const failed = failsWith(engine.evaluate(batchOf(`hold ${gate.path}`), { cancellation }), 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  await gate.noted('cancelled', 2);
  await engine.evaluate(batchOf('none'));
  assert.equal(engine.stats.restarts, 0);
  await until('no timer waits for them to hang', () => countTimers() <= timers);
});

test('a batch that is cancelled before its evaluation fails at once', async () => {
  const engine = await startGatedEngine();
  const cancellation = new Cancellation();
  cancellation.abort();
  await failsWith(engine.evaluate(batchOf('none', 4), { cancellation }), 'deadline_exceeded');
});

test('if all threads of a cancelled batch hang, each is ended and replaced, and the buffers are free after that', async () => {
  const engine = await startGatedEngine({ threads: 2, hangTimeoutMs: 200 });
  const gate = new Gate();
  const { pool, lease } = leaseOfPool();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batchOf(`hang ${gate.path}`), { cancellation, lease });
  const failed = failsWith(evaluation, 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  lease.release();
  await until('both are replaced', () => engine.stats.restarts === 2);
  await released(pool);
  await engine.evaluate(batchOf('none'));
});

test('if one thread of a cancelled batch hangs, the others are not ended', async () => {
  const engine = await startGatedEngine({ threads: 2, hangTimeoutMs: 200 });
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

test('a thread may go on for a while after its batch was cancelled', async () => {
  const engine = closeAfterwards(startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1 }, GATED_WORKER));
  await engine.ready;
  const gate = new Gate();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batchOf(`late ${gate.path}`, 4), { cancellation });
  await gate.noted('begun');
  cancellation.abort();
  await failsWith(evaluation, 'deadline_exceeded');
  await sleep(300);
  gate.open();
  await gate.noted('written');
  await engine.evaluate(batchOf('none', 4));
  assert.equal(engine.stats.restarts, 0);
});

test('a cancelled batch that waits for a thread gives its memory back before batches that came earlier begin', async () => {
  const engine = await startGatedEngine();
  const [running, next] = [new Gate(), new Gate()];
  const { pool, lease } = leaseOfPool();
  const cancellation = new Cancellation();
  const evaluations = [running, next].map((gate) => engine.evaluate(batchOf(`hold ${gate.path}`, 4)));
  await running.noted('begun');
  const cancelled = failsWith(engine.evaluate(batchOf('none', 4), { cancellation, lease }), 'deadline_exceeded');
  cancellation.abort();
  await cancelled;
  lease.release();
  running.open();
  await next.noted('begun');
  assert.equal(pool.usage.inUse, 0);
  next.open();
  await Promise.all(evaluations);
});

test('an evaluated batch leaves no listener on its cancellation', async () => {
  const engine = await startGatedEngine({ threads: 2 });
  const cancellation = new Cancellation();
  for (let i = 0; i < 3; i++) await engine.evaluate(batchOf('none'), { cancellation });
  await new Promise(setImmediate);
  assert.equal(cancellation.listenerCount('abort'), 0);
});

test('a batch leaves the queue however it ends', async () => {
  const engine = await startGatedEngine({ queueLimit: 1 });
  const cancellation = new Cancellation();
  cancellation.abort();
  for (const command of ['exit', 'bug', 'memory', 'not-finite', 'none']) {
    await engine.evaluate(batchOf(command, 4)).catch(() => {});
    await engine.evaluate(batchOf('none', 4), { cancellation }).catch(() => {});
    // With one thread and one place in the queue, two batches are accepted only if all others have left.
    await Promise.all([engine.evaluate(batchOf('none', 4)), engine.evaluate(batchOf('none', 4))]);
  }
});
