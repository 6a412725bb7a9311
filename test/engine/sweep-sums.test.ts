import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpooledLease } from '../../src/core/buffer-lease.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { addParts } from '../../src/engine/kernel.ts';
import { areAllAdded, countStates } from '../../src/engine/ordered-sums.ts';
import { sumChunks } from '../../src/engine/sum-chunks.ts';
import { addPart } from '../../src/engine/sums-in-threads.ts';
import { type SweepSums, sumsOfEvaluations, sumsOfSlice } from '../../src/engine/sweep-sums.ts';
import { partCount } from '../../src/engine/tiling.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { SUM_FIELDS } from '../../src/loss/class-sums.ts';
import { type HyperParameterGrid, hyperParametersAt } from '../../src/loss/hyper-parameters.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';
import { failsWith } from '../helpers/engine/gated-engine.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

function batchOf(samples: number, classes: number, activation = 'sigmoid'): Batch {
  const values = Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i) * 8);
  const labels = Float64Array.from({ length: samples }, (_, i) => i % classes);
  const batch = prepareBatch(optionsSchema.parse({ activation, outputs: [] }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [samples, classes], values },
    labels: { shape: [samples], values: labels },
  });
  return { ...batch, gradientSquares: true };
}

function gridOf(gammas: readonly number[], classes: number, alpha = 1): HyperParameterGrid {
  return {
    gammas: Float64Array.from(gammas),
    alphas: new Float64Array(2 * classes).fill(alpha),
    hardLabels: false,
  };
}

async function withThreads<Result>(threads: number, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
  try {
    await engine.ready;
    return await use(engine);
  } finally {
    await engine.close();
  }
}

test('each evaluation of a slice is added up in its own place, in the order of the parts', () => {
  const [evaluations, parts, size] = [4, 3, 2];
  const sums: SweepSums = {
    evaluations,
    totals: new Float64Array(evaluations * size).fill(Number.NaN),
    partSums: new Float64Array(evaluations * parts * size),
    states: new Int32Array(evaluations * countStates(parts)),
  };
  const slice = sumsOfEvaluations(sumsOfSlice(sums, { from: 1, to: 3 }));
  assert.equal(slice.length, 2);
  for (const part of [2, 0, 1]) {
    assert.ok(!slice.some(areAllAdded));
    for (const [i, each] of slice.entries()) addPart(each, part, Float64Array.of(10 ** part, i), () => false);
  }
  assert.ok(slice.every(areAllAdded));
  const none = Number.NaN;
  assert.deepEqual([...sums.totals], [none, none, 111, 0, 111, 3, none, none]);
});

test('sums that need more memory are added chunk by chunk in the same memory, with no part added at first', () => {
  const [parts, size] = [8, 2 ** 17];
  const totals = new Float64Array(5 * size);
  const seen: { readonly from: number; readonly to: number }[] = [];
  for (const { evaluations, totals: ofChunk, sums } of sumChunks(
    totals,
    { evaluations: 5, parts },
    true,
    unpooledLease(),
  )) {
    const count = evaluations.to - evaluations.from;
    seen.push(evaluations);
    assert.equal(ofChunk.byteOffset, evaluations.from * size * 8);
    assert.equal(ofChunk.length, count * size);
    assert.equal(sums.partSums.length, count * parts * size);
    assert.equal(sums.sweepSums!.evaluations, count);
    assert.equal(sums.sweepSums!.states.length, count * countStates(parts));
    assert.ok(sums.sweepSums!.states.every((state) => state === 0));
    sums.sweepSums!.states.fill(1);
  }
  assert.deepEqual(seen, [
    { from: 0, to: 2 },
    { from: 2, to: 4 },
    { from: 4, to: 5 },
  ]);
});

test('a sweep of several chunks has the same bytes on any number of threads, in every run', async () => {
  const classes = 1000;
  const batch = batchOf(1600, classes, 'softmax');
  const grid = gridOf(
    Array.from({ length: 40 }, (_, i) => i / 8),
    classes,
  );
  const hyperParameters = Array.from({ length: 40 }, (_, i) => hyperParametersAt(grid, classes, i));
  await wasmBackend.start();
  const { partSums } = await evaluateInto(batch, {}, wasmBackend, { hyperParameters });
  const expected = addParts(partSums, batch, new Float64Array(partSums.length / partCount(batch.layout)));
  for (const threads of [1, 2, 3]) {
    const runs = await withThreads(threads, (engine) =>
      Promise.all([1, 2].map(() => engine.evaluate(batch, { hyperParameters: grid }))),
    );
    for (const { sums } of runs) assert.deepEqual(sums, expected);
  }
});

test('an empty sweep has sums of 0 in memory that has been used', async () => {
  const batch = batchOf(0, 7);
  const pool = createTestBuffers(2 ** 24);
  const used = pool.lease();
  used.float64(2 ** 16).fill(1);
  used.release();
  await withThreads(1, async (engine) => {
    const lease = pool.lease();
    const { sums } = await engine.evaluate(batch, { hyperParameters: gridOf([0, 2], 7), lease });
    assert.deepEqual(sums, new Float64Array(sums.length));
    lease.release();
  });
});

test('sums that are infinite only when all parts have been added are rejected', async () => {
  const [samples, classes] = [90_000, 7];
  const batch = batchOf(samples, classes);
  assert.equal(partCount(batch.layout), 5);
  await withThreads(2, async (engine) => {
    const { sums } = await engine.evaluate(batch, { hyperParameters: gridOf([2], classes) });
    const largest = Math.max(...sums.filter((_, i) => SUM_FIELDS[i % SUM_FIELDS.length] === 'gradient_squares'));
    const alphaOf = (squares: number) => Math.sqrt((squares / largest) * Number.MAX_VALUE);
    await engine.evaluate(batch, { hyperParameters: gridOf([2], classes, alphaOf(0.99)) });
    await failsWith(
      engine.evaluate(batch, { hyperParameters: gridOf([2], classes, alphaOf(1.01)) }),
      'invalid_request',
    );
  });
});

test('sums that are infinite are rejected, whether a thread adds up the parts of an evaluation or there is only one', async () => {
  const [few, many] = [batchOf(8, 2), batchOf(2 ** 17, 2)];
  await withThreads(1, async (engine) => {
    for (const batch of [few, many]) {
      const classWeights = Float64Array.of(1, 1e308);
      const overflowing = {
        ...batch,
        classWeights,
        predictions: new Float32Array(batch.predictions.length).fill(1e30),
      };
      const hyperParameters = gridOf([0, 2], 2);
      await failsWith(engine.evaluate(overflowing as Batch, { hyperParameters }), 'invalid_request');
      await engine.evaluate(batch, { hyperParameters });
    }
  });
});
