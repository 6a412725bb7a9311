import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unpooled } from '../../src/core/allocator.ts';
import type { Backend } from '../../src/engine/backends/backend.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { partCount } from '../../src/engine/tiling.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { SUMS_OF_CALIBRATION } from '../../src/loss/calibration.ts';
import { allocateResults } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { bytesOf, skip } from '../helpers/core/shared-object.ts';
import { logitsBatch, referenceEvaluation, run } from '../helpers/engine/batches.ts';
import { makeBatch } from '../helpers/engine/layout-batches.ts';
import { posteriorBatches } from '../helpers/engine/posterior-batches.ts';
import { inSharedMemory } from '../helpers/engine/region-batches.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

await wasmBackend.start();

const SMALLEST_NORMAL = 2 ** -126;
const RELATIVE = 5e-7;

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const truth = expected[i]!;
    const error = Math.abs(actual[i]! - truth);
    assert.ok(
      error <= RELATIVE * Math.max(Math.abs(truth), SMALLEST_NORMAL),
      `${name} ${i}: ${truth}, got ${actual[i]}`,
    );
  }
}

/** A backend of which results are copied, as from a GPU, and which divides nothing into parts. */
const { viewOf, viewFloat16, readFloat16, allocateUpload, discardUpload, upload, allFinite, ...copying } = wasmBackend;
const BACKENDS: Readonly<Record<string, Backend>> = { wasm: wasmBackend, 'a backend that copies': copying };

for (const [name, backend] of Object.entries(BACKENDS)) {
  test(`${name}: posteriors and calibration match the reference for every layout and kind of label`, async () => {
    for (const { name, batch } of posteriorBatches()) {
      const { arrays, calibration } = await evaluateBatch(batch, backend);
      const expected = referenceEvaluation(batch);
      assertClose(arrays.posterior!, expected.arrays.posterior!, name);
      assertClose(calibration!, expected.calibration!, `${name}: calibration`);
    }
  });
}

const cases: { request: Record<string, unknown>; expect: { posterior: unknown[] } }[] = JSON.parse(
  readFileSync(new URL('../fixtures/posterior.json', import.meta.url), 'utf8'),
).cases;

test('ordinary and extreme predictions: 60-digit arithmetic', async () => {
  for (const { request, expect } of cases) {
    const { logits, probabilities, labels, gamma, alpha, ...options } = request;
    const rows = (logits ?? probabilities) as (number | number[])[];
    const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
    const perClass = (values: unknown) =>
      Array.isArray(values) ? { shape: [values.length], values: Float64Array.from(values) } : values;
    const batch = prepareBatch(optionsSchema.parse({ ...options, outputs: ['posterior'] }), {
      source: logits ? 'logits' : 'probabilities',
      predictions: { format: 'F32', shape, values: Float32Array.from(rows.flat()) },
      labels: { shape: [rows.length], values: Float64Array.from(labels as number[]) },
      gamma: perClass(gamma) as number,
      alpha: perClass(alpha) as number,
    });
    const { posterior } = (await run(batch)).arrays;
    assertClose(posterior!, (expect.posterior.flat() as string[]).map(Number), JSON.stringify(request));
  }
});

test('the outputs come only where they are requested', async () => {
  const batch = logitsBatch([2, 2], [1, 2, 3, 4], [2], [0, 1]);
  const { arrays, calibration } = await run(batch);
  assert.deepEqual([arrays.posterior, calibration], [undefined, undefined]);
  const summary = summarize(batch, await run(batch));
  assert.deepEqual([summary.calibration, summary.per_class!.prior], [undefined, undefined]);
});

for (const activation of ['sigmoid', 'softmax']) {
  test(`${activation}: any number of threads gives the same bytes, whichever tiles there are`, async () => {
    const batch = makeBatch({ shape: [2, 4, 40_000], axis: 1 }, 'index', {
      activation,
      outputs: ['posterior', 'calibration', 'difficulty', 'gradients'],
    });
    assert.ok(partCount(batch.layout) > 1);
    const evaluations = [];
    for (const threads of [1, 2, 3]) {
      const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
      await engine.ready;
      const { queueMs, computeMs, ...evaluation } = await engine.evaluate(batch);
      await engine.close();
      evaluations.push(evaluation);
    }
    assert.deepEqual(evaluations[1], evaluations[0]);
    assert.deepEqual(evaluations[2], evaluations[0]);
    const expected = referenceEvaluation(batch);
    assertClose(evaluations[0]!.arrays.posterior as Float32Array, expected.arrays.posterior!, activation);
    assertClose(evaluations[0]!.calibration!, expected.calibration!, activation);
    for (const elements of [100, 3001]) {
      const inTiles = allocateResults(batch, unpooled);
      await evaluateInto(batch, inTiles, { ...wasmBackend, tileSize: { ...wasmBackend.tileSize, elements } });
      assert.deepEqual(inTiles.posterior, evaluations[0]!.arrays.posterior);
    }
  });

  test(`${activation}: a small batch in the calling thread has the bytes of a thread`, async () => {
    const batch = makeBatch({ shape: [64, 5] }, 'dense', { activation, outputs: ['posterior', 'calibration'] });
    const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 8 });
    await engine.ready;
    const place = engine.enterQueue();
    const inline = engine.evaluateInline(batch, { place });
    place.leave();
    await engine.close();
    const { arrays, calibration } = await evaluateBatch(batch, wasmBackend);
    assert.deepEqual([inline?.arrays, inline?.calibration], [arrays, calibration]);
  });
}

test('predictions of 16 and of 64 bits, and posteriors in regions of shared memory', { skip }, async () => {
  for (const layout of [{ shape: [600, 5] }, { shape: [2, 3, 30, 31], axis: 1 }]) {
    const batch = makeBatch(layout, 'index', {
      activation: 'softmax',
      outputs: ['gradients', 'posterior', 'calibration'],
    });
    const float16 = new Uint16Array(batch.predictions.length);
    toFloat16(batch.predictions as Float32Array, 'F16', float16);
    const formats: Batch[] = [
      batch,
      { ...batch, predictions: float16, predictionsFormat: 'F16' },
      { ...batch, predictions: Float64Array.from(batch.predictions as Float32Array), predictionsFormat: 'F64' },
    ];
    for (const given of formats) {
      for (const [name, backend] of Object.entries(BACKENDS)) {
        for (const elements of [100, 100_000]) {
          const inTiles = { ...backend, tileSize: { ...backend.tileSize, elements } };
          const expected = allocateResults(given, unpooled);
          const { partSums } = await evaluateInto(given, expected, inTiles);
          assertClose(expected.posterior as Float32Array, referenceEvaluation(given).arrays.posterior!, name);
          const region = inSharedMemory(given);
          const inRegion = await evaluateInto(region.batch, region.arrays, inTiles);
          assert.deepEqual(inRegion.partSums, partSums);
          assert.ok(region.read('posterior').equals(bytesOf(expected.posterior!)), name);
          assert.ok(region.isIntact());
        }
      }
    }
  }
});

test('softmax logits that are equal and large have equal posteriors', async () => {
  for (const logit of [17.3, 1e4, -1e8, 1e17, 3e38]) {
    for (const gamma of [0, 0.5, 2]) {
      const tensors = { gamma };
      const options = { activation: 'softmax', outputs: ['posterior'] };
      const batch = logitsBatch([1, 4], new Float32Array(4).fill(logit), [1], [3], tensors, options);
      const { arrays } = await run(batch);
      assertClose(arrays.posterior!, [0.25, 0.25, 0.25, 0.25], `logits ${logit}, gamma ${gamma}`);
    }
  }
});

test('predictions that do not count may be anything', async () => {
  const logits = [1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, -1, 2];
  const labels = [1, -100, 0, -100, 1, 0];
  const options = { outputs: ['posterior', 'calibration'] };
  const batch = logitsBatch([6], logits, [6], labels, {}, options);
  for (const backend of Object.values(BACKENDS)) {
    const { arrays, calibration } = await evaluateBatch(batch, backend);
    assert.ok(arrays.posterior!.every((value) => value >= 0 && value <= 1));
    assert.equal(
      calibration!.filter((_, i) => i % 3 === 0 && i < SUMS_OF_CALIBRATION / 2).reduce((a, b) => a + b),
      4,
    );
  }
});

test('calibration: bins, rates and the expected error', async () => {
  // p of 0.1 and 0.95: the second and the last of 15 bins.
  const [low, high] = [Math.log(0.1 / 0.9), Math.log(0.95 / 0.05)];
  const logits = [low, low, low, low, high, high, 0, low];
  const labels = [0, 0, 0, 1, 1, 0, 1, -100];
  const batch = logitsBatch([8], logits, [8], labels, { gamma: 0, alpha: null }, { outputs: ['calibration'] });
  const { predicted, posterior } = summarize(batch, await run(batch)).calibration!;
  assert.deepEqual(predicted, posterior);
  assert.deepEqual(predicted.counts, [0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2]);
  assert.deepEqual(
    predicted.observed_rate.filter((rate) => rate !== null),
    [0.25, 1, 0.5],
  );
  assert.equal(predicted.mean_confidence[0], null);
  assertClose(
    predicted.mean_confidence.filter((mean) => mean !== null),
    [0.1, 0.5, 0.95],
    'mean',
  );
  assertClose([predicted.expected_calibration_error!], [(4 * 0.15 + 0.5 + 2 * 0.45) / 7], 'error');
});

test('calibration of softmax: the largest p, correct where the label is that class', async () => {
  const rows = [0, 2, 0, 3, 0, 0, 1, 1, 1, 5, 0, 0];
  const options = { activation: 'softmax', outputs: ['calibration'] };
  const batch = logitsBatch([4, 3], rows, [4], [1, 1, 0, -100], {}, options);
  const { predicted } = summarize(batch, await run(batch)).calibration!;
  const p = [Math.exp(2) / (Math.exp(2) + 2), Math.exp(3) / (Math.exp(3) + 2), 1 / 3];
  assert.deepEqual(
    predicted.counts.flatMap((count, bin) => (count > 0 ? [bin] : [])),
    [5, 11, 13],
  );
  assertClose([predicted.expected_calibration_error!], [(1 - p[0]! + p[1]! + 1 - p[2]!) / 3], 'error');
});

test('calibration of nothing', async () => {
  const batch = logitsBatch([2], [1, 2], [2], [-100, -100], {}, { outputs: ['calibration'] });
  const { predicted } = summarize(batch, await run(batch)).calibration!;
  assert.deepEqual(predicted.counts, new Array(15).fill(0));
  assert.deepEqual([predicted.expected_calibration_error, predicted.mean_confidence[3]], [null, null]);
});
