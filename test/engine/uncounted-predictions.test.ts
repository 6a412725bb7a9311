import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Float16Format, StoredFloats } from '../../src/core/float-format.ts';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import type { Backend } from '../../src/engine/backends/backend.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { InvalidPredictionsError } from '../../src/engine/upload-batch.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { rejectPredictions } from '../../src/loss/reject-predictions.ts';
import { elementCount } from '../../src/loss/tensor.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { skip } from '../helpers/core/shared-object.ts';
import { makeBatch, perClass } from '../helpers/engine/layout-batches.ts';
import { inSharedMemory } from '../helpers/engine/region-batches.ts';
import { uncounted, uncountedBatches, unsigned } from '../helpers/engine/uncounted-batches.ts';
import { bothSides } from '../helpers/loss/plain-loss.ts';

// Predictions that are ignored or have weight 0 may be anything; conformance.test.ts shows the same of every backend.

await wasmBackend.start();

const { viewOf, viewFloat16, readFloat16, allocateUpload, discardUpload, upload, allFinite, ...copying } = wasmBackend;
const BACKENDS: Readonly<Record<string, Backend>> = { wasm: wasmBackend, 'a backend that copies': copying };

for (const [name, backend] of Object.entries(BACKENDS)) {
  test(`${name}: invalid predictions give the results of valid ones where they do not count`, async () => {
    for (const { name: what, invalid, valid, counts } of uncountedBatches()) {
      assert.ok(counts.includes(true) && counts.includes(false), what);
      const before = Buffer.from((invalid.predictions as Float32Array).slice().buffer);
      for (const elements of [30, undefined]) {
        const tiled = { ...backend, tileSize: { ...backend.tileSize, ...(elements && { elements }) } };
        const evaluation = await evaluateBatch(invalid, tiled);
        assert.deepEqual(unsigned(evaluation), unsigned(await evaluateBatch(valid, tiled)), what);
        for (const [at, isCounted] of counts.entries()) {
          if (isCounted) continue;
          for (const output of ['gradients', 'hessian'] as const)
            assert.ok(evaluation.arrays[output]![at]! === 0, what);
        }
      }
      assert.ok(
        before.equals(Buffer.from((invalid.predictions as Float32Array).slice().buffer)),
        'it is not written to',
      );
    }
  });

  test(`${name}: an invalid prediction that counts is rejected, wherever it is`, async () => {
    for (const { name: what, invalid, counts } of uncountedBatches(['loss'])) {
      const counted = [...counts.entries()].filter(([, isCounted]) => isCounted).map(([at]) => at);
      for (const at of [counted[0]!, counted.at(-1)!]) {
        const predictions = (invalid.predictions as Float32Array).with(at, Number.NaN);
        const batch = { ...invalid, predictions };
        await assert.rejects(evaluateBatch(batch, backend), InvalidPredictionsError, what);
        assert.throws(
          () => rejectPredictions(batch),
          ({ issues }) => {
            const places = issues.map(({ pointer }: { pointer: string }) => pointer);
            return places[0] === pointerTo(batch, at) && places.length <= 2;
          },
        );
      }
    }
  });

  test(`${name}: in every format`, async () => {
    for (const { invalid } of uncountedBatches(['gradients', 'per_class'])) {
      if (invalid.source === 'probabilities' && invalid.activation === 'softmax') continue; // Their rounded sums are not 1.
      for (const predictionsFormat of ['F64', 'F16', 'BF16'] as const) {
        const predictions = stored(invalid.predictions as Float32Array, predictionsFormat);
        const valid = toValid(invalid.source, toFloat32(predictions, predictionsFormat));
        assert.deepEqual(
          unsigned(await evaluateBatch({ ...invalid, predictions, predictionsFormat }, backend)),
          unsigned(await evaluateBatch({ ...invalid, predictions: valid }, backend)),
        );
      }
    }
  });

  test(`${name}: in a region of shared memory, which stays as it is`, { skip }, async () => {
    for (const { invalid, valid, name: what } of uncountedBatches(['loss', 'gradients', 'per_class'])) {
      const region = inSharedMemory(invalid);
      const { partSums } = await evaluateInto(region.batch, region.arrays, backend);
      const expected = new Float32Array(elementCount(valid.layout));
      assert.deepEqual(partSums, (await evaluateInto(valid, { gradients: expected }, backend)).partSums, what);
      const written = new Float32Array(Uint8Array.from(region.read('gradients')).buffer);
      const ofGradients = (gradients: Float32Array) => unsigned({ arrays: { gradients } });
      assert.deepEqual(ofGradients(written), ofGradients(expected), what);
      assert.ok(region.isIntact());
    }
  });

  test(`${name}: in sweeps`, async () => {
    for (const { invalid, valid, name: what } of uncountedBatches([])) {
      const { alpha } = invalid;
      const hyperParameters = [0, 0.5, 2].map((gamma) => ({
        gamma: bothSides(new Float64Array(5).fill(gamma)),
        alpha,
      }));
      const sums = async (batch: Batch) =>
        (await evaluateInto({ ...batch, gradientSquares: true }, {}, backend, { hyperParameters })).partSums;
      assert.deepEqual(await sums(invalid), await sums(valid), what);
    }
  });
}

test('a batch of which nothing counts', async () => {
  for (const activation of ['sigmoid', 'softmax']) {
    const layout = { shape: [40, 5] };
    const none = { class_weights: { shape: [5], values: new Float64Array(5) } };
    const { invalid } = uncounted('', makeBatch(layout, 'index', { activation }, { ...perClass(layout), ...none }));
    const { arrays, sums } = await evaluateBatch({ ...invalid, denominator: 7 }, wasmBackend);
    assert.ok(Object.values(arrays).every((values) => values.every((value) => value === 0)));
    assert.ok(sums.every((sum) => Number.isFinite(sum)));
  }
});

test('a softmax row counts as a whole, also where a class has weight 0', async () => {
  const batch = makeBatch({ shape: [40, 5] }, 'index', { activation: 'softmax' }, perClass({ shape: [40, 5] }));
  const labels = batch.labels as Int32Array;
  const row = labels.findIndex((label, i) => label === 3 && batch.sampleWeights![i] !== 0);
  const predictions = (batch.predictions as Float32Array).with(row * 5 + 1, Number.NEGATIVE_INFINITY);
  assert.throws(() => rejectPredictions({ ...batch, predictions }), {
    message: `/logits/${row}/1: expected a number finite as float32 (at most ±3.4028235e+38), got -Infinity: send -10000 instead, whose probability is 0 as well`,
  });
});

function pointerTo({ source, shape }: Batch, at: number): string {
  const index = [];
  for (let rest = at, axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return `/${source}/${index.join('/')}`;
}

function stored(values: Float32Array, format: 'F64' | Float16Format): StoredFloats {
  if (format === 'F64') return Float64Array.from(values);
  const bits = new Uint16Array(values.length);
  toFloat16(values, format, bits);
  return bits;
}

function toValid(source: Batch['source'], predictions: Float32Array): Float32Array {
  const [low, high] = source === 'logits' ? [-1e4, 1e4] : [0, 1];
  const isValid = source === 'logits' ? Number.isFinite : (p: number) => p >= 0 && p <= 1;
  return predictions.map((x) => (isValid(x) ? x : x > 0 ? high! : low!));
}
