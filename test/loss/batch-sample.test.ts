import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { placeOf, sampleBatch } from '../../src/loss/warnings/batch-sample.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

test('samples are at fixed places, each once, from the first part of a batch to the last', () => {
  for (const all of [257, 1000, 2 ** 31]) {
    const places = Array.from({ length: 256 }, (_, i) => placeOf(i, 256, all));
    assert.equal(new Set(places).size, 256);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(places[0]! >= 0 && places[255]! < all && places[255]! >= (all * 255) / 256 - 1);
  }
  assert.deepEqual(
    [0, 1, 2].map((i) => placeOf(i, 3, 3)),
    [0, 1, 2],
  );
});

test('the samples of any layout have their own logits and labels', () => {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  const dense = numbers.map((n) => n / 11);
  const last = sampleBatch(logitsBatch([2, 2, 3], numbers, [2, 2, 3], dense))!;
  assert.deepEqual([last.samples, last.classes, last.isWhole], [4, 3, true]);
  assert.deepEqual([...last.predictions], numbers);
  const first = sampleBatch(logitsBatch([2, 2, 3], numbers, [2, 3], [0, 1, 0, 1, 1, 0], {}, { class_axis: 1 }))!;
  assert.deepEqual([...first.predictions], [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
  assert.deepEqual([...first.labels], [0, 1, 0, 1, 1, 0]);
  const denseFirst = sampleBatch(
    logitsBatch([1, 2, 2], [1, 2, 3, 4], [1, 2, 2], [0, 1, 1, 0.5], {}, { class_axis: 1 }),
  )!;
  assert.deepEqual([...denseFirst.labels], [0, 1, 1, 0.5]);
});

test('samples that are ignored, even in part, or have weight 0 are left out', () => {
  const weights = { sample_weights: { shape: [3], values: Float32Array.of(1, 0, 2) } };
  const dense = sampleBatch(logitsBatch([3, 1], [1, 2, 3], [3, 1], [1, 1, 0], weights))!;
  assert.deepEqual([...dense.predictions], [1, 3]);
  assert.deepEqual([...dense.weights!], [1, 2]);
  assert.deepEqual([...sampleBatch(logitsBatch([2, 2], [1, 2, 3, 4], [2], [-100, 1]))!.predictions], [3, 4]);
  assert.deepEqual([...sampleBatch(logitsBatch([2, 2], [1, 2, 3, 4], [2, 2], [1, -100, 0, 1]))!.predictions], [3, 4]);
});

test('16-bit floats are converted', () => {
  const values = new Uint16Array(4);
  toFloat16(Float32Array.of(0.5, -2, 3, 1), 'F16', values);
  const batch = prepareBatch(optionsSchema.parse({}), {
    source: 'logits',
    predictions: { shape: [2, 2], format: 'F16', values },
    labels: { shape: [2], values: Int32Array.of(0, 1) },
  });
  assert.deepEqual([...sampleBatch(batch)!.predictions], [0.5, -2, 3, 1]);
});

test('no more than some thousand logits are looked at, and none of a sample that has more', () => {
  const wide = (classes: number, samples: number) =>
    sampleBatch(
      logitsBatch([samples, classes], new Float32Array(samples * classes), [samples], new Uint8Array(samples)),
    );
  assert.equal(wide(80, 1000)!.samples, 102);
  assert.equal(wide(8192, 3)!.samples, 1);
  assert.equal(wide(8193, 1), undefined);
});
