import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { Batch } from '../../src/loss/batch.ts';
import type { HyperParameterGrid } from '../../src/loss/hyper-parameters.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import { failsWith, startGatedEngine } from '../helpers/engine/gated-engine.ts';

// Sweeps of a batch that is so large that each gamma is a slice of its own.

const SAMPLES = 10;
const CLASSES = 200_000;
const GAMMAS = [1, 2, 3];

function batchOf(command: string): Batch {
  const names = new Array(CLASSES).fill('');
  names[0] = command;
  return prepareBatch(optionsSchema.parse({ outputs: ['loss'], class_names: names, activation: 'softmax' }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [SAMPLES, CLASSES], values: new Float32Array(SAMPLES * CLASSES) },
    labels: { shape: [SAMPLES], values: new Float64Array(SAMPLES) },
  });
}

function gridOf({ alpha }: Batch): HyperParameterGrid {
  const alphas = Float64Array.from([...alpha.positive, ...alpha.negative]);
  return { gammas: Float64Array.from(GAMMAS), alphas, hardLabels: false };
}

test('each slice gets its hyperparameters, and its sums are in their place', async () => {
  const engine = await startGatedEngine();
  const gate = new Gate();
  gate.open();
  const batch = batchOf(`hold ${gate.path}`);
  const { sums } = await engine.evaluate(batch, { hyperParameters: gridOf(batch) });
  assert.equal(gate.notes.length, GAMMAS.length);
  const length = sums.length / GAMMAS.length;
  for (const [i, gamma] of GAMMAS.entries()) {
    assert.ok(sums.subarray(i * length, (i + 1) * length).every((sum) => sum === gamma));
  }
});

test('a sweep that is cancelled in one slice ends there, and its buffers stay in use until the thread is done', async () => {
  const engine = await startGatedEngine();
  const gate = new Gate();
  const batch = batchOf(`late-at-gamma-2 ${gate.path}`);
  const pool = createTestBuffers(2 ** 30);
  const lease = pool.lease();
  const cancellation = new Cancellation();
  const evaluation = engine.evaluate(batch, { hyperParameters: gridOf(batch), cancellation, lease });
  const failed = failsWith(evaluation, 'deadline_exceeded');
  await gate.noted('begun', 2);
  cancellation.abort();
  await failed;
  lease.release();
  await new Promise(setImmediate);
  assert.ok(pool.usage.inUse > 0);
  gate.open();
  await until('the buffers are released', () => pool.usage.inUse === 0);
  await engine.evaluate(batchOf('none'));
  assert.equal(gate.notes.filter((note) => note === 'begun').length, 2);
  assert.equal(cancellation.listenerCount('abort'), 0);
});

test('a thread that dies in one slice fails the sweep, and the next batch is evaluated', async () => {
  const engine = await startGatedEngine();
  const batch = batchOf('exit-at-gamma-2');
  await failsWith(engine.evaluate(batch, { hyperParameters: gridOf(batch) }), 'engine_unavailable');
  await until('the thread is replaced', () => engine.stats.restarts === 1);
  await engine.evaluate(batchOf('none'));
  assert.equal(engine.stats.waiting, 0);
});

test('closing finishes a sweep, with the slices that no thread has begun', async () => {
  const engine = await startGatedEngine();
  const gate = new Gate();
  const batch = batchOf(`late-at-gamma-2 ${gate.path}`);
  const evaluation = engine.evaluate(batch, { hyperParameters: gridOf(batch) });
  await gate.noted('begun', 2);
  const closed = engine.close();
  gate.open();
  assert.equal((await evaluation).sums.at(-1), GAMMAS.at(-1));
  await closed;
});

test('threads that are recycled between slices lose none', async () => {
  const engine = await startGatedEngine();
  const batch = batchOf('needsRecycling');
  for (let i = 0; i < 2; i++) {
    const { sums } = await engine.evaluate(batch, { hyperParameters: gridOf(batch) });
    assert.deepEqual([sums[0], sums.at(-1)], [GAMMAS[0], GAMMAS.at(-1)]);
  }
});
