import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '@tensorflow/tfjs-core';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { CancelledError, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { addParts } from '../../src/engine/kernel.ts';
import { partCount } from '../../src/engine/tiling.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { SUMS_PER_CLASS } from '../../src/loss/class-sums.ts';
import { type HyperParameterGrid, hyperParametersAt } from '../../src/loss/hyper-parameters.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { rejectInfiniteSums } from '../../src/loss/overflow.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// One batch with many hyperParameters, compared with one batch for each of them.

await wasmBackend.start();

function batchOf(samples: number, classes: number, activation = 'sigmoid'): Batch {
  const batch = prepareBatch(optionsSchema.parse({ activation, outputs: [] }), {
    source: 'logits',
    predictions: {
      format: 'F32',
      shape: [samples, classes],
      values: Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i) * 8),
    },
    labels: { shape: [samples], values: Float64Array.from({ length: samples }, (_, i) => i % classes) },
  });
  return { ...batch, gradientSquares: true };
}

/** The gammas with two alphas. */
function gridOf(gammas: readonly number[], classes: number): HyperParameterGrid {
  const alphas = new Float64Array(4 * classes).map((_, i) => 1 + Math.floor(i / classes) / 3);
  return { gammas: Float64Array.from(gammas), alphas, hardLabels: false };
}

function listOf(grid: HyperParameterGrid, classes: number) {
  return Array.from({ length: 2 * grid.gammas.length }, (_, i) => hyperParametersAt(grid, classes, i));
}

/** The sums of one evaluation for each setting, concatenated. */
async function evaluateSeparately(batch: Batch, grid: HyperParameterGrid): Promise<Float64Array> {
  const sums: number[] = [];
  for (const setting of listOf(grid, batch.layout.classes)) {
    const { partSums } = await evaluateInto({ ...batch, ...setting }, {}, wasmBackend);
    sums.push(...addParts(partSums, batch));
  }
  return Float64Array.from(sums);
}

for (const activation of ['sigmoid', 'softmax']) {
  for (const [samples, parts] of [
    [90_000, 5],
    [5000, 1],
  ] as const) {
    test(`${activation}, ${parts} parts: with any number of threads the sums equal those of separate evaluations, to the last bit`, async () => {
      const classes = 7;
      const batch = batchOf(samples, classes, activation);
      assert.equal(partCount(batch.layout), parts);
      const grid = gridOf([0, 2, 0.7], classes);
      const expected = await evaluateSeparately(batch, grid);
      for (const threads of [1, 2, 3]) {
        const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
        await engine.ready;
        const { sums, arrays } = await engine.evaluate(batch, { hyperParameters: grid });
        await engine.close();
        assert.deepEqual(sums, expected);
        assert.deepEqual(arrays, {});
      }
    });
  }
}

test('many large sums are computed in several chunks, and stay the same', async () => {
  const classes = 2 ** 16;
  const batch = batchOf(300, classes); // Two parts.
  const grid = gridOf([1, 2], classes);
  assert.ok(8 * SUMS_PER_CLASS * classes * 2 * 2 > 2 ** 24);
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 8 });
  await engine.ready;
  const { sums } = await engine.evaluate(batch, { hyperParameters: grid });
  await engine.close();
  for (const [i, setting] of listOf(grid, classes).entries()) {
    const { partSums } = await evaluateInto({ ...batch, ...setting }, {}, wasmBackend);
    const expected = addParts(partSums, batch);
    assert.deepEqual(sums.subarray(i * expected.length, (i + 1) * expected.length), expected);
  }
});

test('an evaluation can be cancelled between two kernel calls, and leaves no tensor behind', async () => {
  const batch = batchOf(10, 2);
  const gammas = Array.from({ length: 48 }, (_, i) => i / 10); // A call has 16 at most.
  const before = memory().numTensors;
  let calls = 0;
  const cancelled = evaluateInto(batch, {}, wasmBackend, {
    isCancelled: () => ++calls > 2,
    hyperParameters: listOf(gridOf(gammas, 2), 2),
  });
  await assert.rejects(cancelled, CancelledError);
  assert.deepEqual([calls, memory().numTensors], [3, before]);
});

test('sums that are not finite are rejected', () => {
  rejectInfiniteSums({ source: 'logits' }, Float64Array.of(0, 1e300));
  for (const sum of [Number.POSITIVE_INFINITY, Number.NaN]) {
    assert.throws(
      () => rejectInfiniteSums({ source: 'logits' }, Float64Array.of(0, sum)),
      /^ServiceError: \/logits: .*overflow/,
    );
  }
});
