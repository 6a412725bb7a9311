import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from '../../src/core/buffer-pool.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { startGatedEngine } from '../helpers/engine/gated-engine.ts';

// A batch of so many classes that a sweep of it goes to the threads one setting at a time.

const CLASSES = 200_000;
async function start(): Promise<Engine> {
  const engine = startGatedEngine({ hangTimeoutMs: 30_000 });
  await engine.ready;
  return engine;
}

function batchOf(command: string): Batch {
  const names = new Array(CLASSES).fill('');
  names[0] = command;
  return prepareBatch(optionsSchema.parse({ outputs: ['loss'], class_names: names, activation: 'softmax' }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [1, CLASSES], values: new Float32Array(CLASSES) },
    labels: { shape: [1], values: Float64Array.of(1) },
  });
}

function settingsOf({ alpha }: Batch) {
  return [1, 2, 3].map((gamma) => ({ gamma: new Float64Array(CLASSES).fill(gamma), alpha }));
}

async function failsWith(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof ServiceError && error.code === code);
}

test('each round has its settings, and its sums come to their place', async () => {
  const engine = await start();
  const gate = new Gate();
  gate.open();
  const batch = batchOf(`hold ${gate.path}`);
  const { sums } = await engine.evaluate(batch, { settings: settingsOf(batch) });
  assert.equal(gate.notes.length, 3);
  const each = sums.length / 3;
  for (const i of [0, 1, 2]) assert.ok(sums.subarray(i * each, (i + 1) * each).every((sum) => sum === 1 + i));
});

test('a sweep that is cancelled in one round has no other, and its memory is kept for the thread that is at it', async () => {
  const engine = await start();
  const gate = new Gate();
  const batch = batchOf(`late-2 ${gate.path}`);
  const pool = new MemoryPool();
  const memory = pool.lease();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batch, { settings: settingsOf(batch), cancellation, memory });
  const failed = failsWith(evaluation, 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  const released = memory.release();
  await new Promise(setImmediate);
  assert.ok(pool.usage.lent > 0);
  gate.open();
  await released;
  assert.equal(pool.usage.lent, 0);
  await engine.evaluate(batchOf('none'));
  assert.equal(gate.notes.filter((note) => note === 'begun').length, 2);
  assert.equal(cancellation.listenerCount('abort'), 0);
});

test('a thread that dies in one round fails the sweep, and the next batch is served', async () => {
  const engine = await start();
  const batch = batchOf('exit-2');
  await failsWith(engine.evaluate(batch, { settings: settingsOf(batch) }), 'engine_unavailable');
  await until('the thread is replaced', () => engine.stats.restarts === 1);
  await engine.evaluate(batchOf('none'));
  assert.deepEqual([engine.full, engine.stats.waiting], [false, 0]);
});

test('threads that are replaced between rounds lose none', async () => {
  const engine = await start();
  const batch = batchOf('needsRecycling');
  for (let i = 0; i < 2; i++) {
    const { sums } = await engine.evaluate(batch, { settings: settingsOf(batch) });
    assert.deepEqual([sums[0], sums.at(-1)], [1, 3]);
  }
});
