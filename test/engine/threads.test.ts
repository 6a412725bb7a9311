import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// The batches are large enough for several parts, and thus divided among threads.

const SAMPLES = 60_000;
const CLASSES = 7;
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];

function batch(options: object, logitAt: (i: number) => number = (i) => Math.sin(i) * 8): Batch {
  return prepareBatch(optionsSchema.parse({ outputs: OUTPUTS, ...options }), {
    source: 'logits',
    predictions: {
      format: 'F32',
      shape: [SAMPLES, CLASSES],
      values: Float32Array.from({ length: SAMPLES * CLASSES }, (_, i) => logitAt(i)),
    },
    labels: {
      shape: [SAMPLES],
      values: Float64Array.from({ length: SAMPLES }, (_, i) => (i % 11 === 0 ? -100 : i % CLASSES)),
    },
    sample_weights: { shape: [SAMPLES], values: Float32Array.from({ length: SAMPLES }, (_, i) => (i % 5) / 2) },
  });
}

async function withThreads<Result>(
  threads: number,
  use: (evaluate: (batch: Batch) => Promise<unknown>) => Promise<Result>,
) {
  const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
  try {
    await engine.ready;
    return await use(async (given) => {
      const { queueMs, computeMs, ...evaluation } = await engine.evaluate(given);
      return evaluation;
    });
  } finally {
    await engine.close();
  }
}

for (const [activation, outputs] of [
  ['sigmoid', OUTPUTS],
  ['softmax', OUTPUTS],
  ['sigmoid', ['difficulty']],
  ['softmax', ['difficulty']],
] as const) {
  test(`${activation}, ${outputs}: any number of threads gives the same bytes, in every run`, async () => {
    const given = batch({ activation, outputs });
    const [one] = await withThreads(1, async (evaluate) => [await evaluate(given)]);
    for (const threads of [2, 3]) {
      const runs = await withThreads(threads, (evaluate) => Promise.all([evaluate(given), evaluate(given)]));
      for (const run of runs) assert.deepEqual(run, one);
    }
  });
}

test('the many sums of 1000 classes, which the threads add up, are the same bytes in every run', async () => {
  const [samples, classes] = [1600, 1000];
  const given = prepareBatch(optionsSchema.parse({ activation: 'softmax', outputs: ['loss', 'per_class'] }), {
    source: 'logits',
    predictions: {
      format: 'F32',
      shape: [samples, classes],
      values: Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i) * 8),
    },
    labels: { shape: [samples], values: Float64Array.from({ length: samples }, (_, i) => i % 13) },
  });
  const [one] = await withThreads(1, async (evaluate) => [await evaluate(given)]);
  for (const threads of [2, 3]) {
    const runs = await withThreads(threads, (evaluate) =>
      Promise.all(Array.from({ length: 10 }, () => evaluate(given))),
    );
    for (const run of runs) assert.deepEqual(run, one);
  }
});

test('an overflow is reported with its position in the whole batch', async () => {
  const far = 59_999 * CLASSES;
  const given = batch({ activation: 'softmax' }, (i) => (i < far ? 0 : i === far ? 3e38 : -3e38));
  await withThreads(2, async (evaluate) => {
    await assert.rejects(evaluate(given), (error) => {
      assert.ok(error instanceof ServiceError);
      assert.deepEqual(error.issues[0]?.index, [59_999]);
      return true;
    });
  });
});
