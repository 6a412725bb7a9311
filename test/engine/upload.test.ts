import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../src/engine/backends/backend.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { InvalidPredictionsError } from '../../src/engine/upload-batch.ts';
import { countLabels } from '../../src/loss/label-counts.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { type LabelTensor, product } from '../../src/loss/tensor.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { referenceEvaluation } from '../helpers/engine/batches.ts';

await wasmBackend.start();
const { upload: _, readFloat16: __, ...plain } = wasmBackend;
/** With its own conversions, and with those of the host, which other backends use. */
const BACKENDS: readonly (readonly [string, Backend])[] = [
  ['in the memory of the backend', wasmBackend],
  ['on the host', plain],
];
/** Tiles and rows that end within a vector; more than a block of labels. */
const SHAPES = [
  { shape: [1, 3], axis: -1 },
  { shape: [61, 13], axis: -1 },
  { shape: [500, 17], axis: -1 },
  { shape: [2, 3, 5, 7], axis: 1 },
];
const BITS = [0x3800, 0xbc00, 0x4248, 0xc500, 0x0001];

function batchOf(shape: number[], axis: number, labels: LabelTensor, options: object = {}) {
  const logits = Float32Array.from({ length: product(shape) }, (_, i) => Math.sin(i * 1.7) * 5);
  return prepareBatch(
    optionsSchema.parse({ class_axis: axis, ignore_index: 255, outputs: ['gradients', 'per_class'], ...options }),
    { source: 'logits', predictions: { format: 'F32', shape, values: logits }, labels },
  );
}

for (const [name, backend] of BACKENDS) {
  test(`labels of 8 bits give the results of the same labels as floats, converted ${name}`, async () => {
    for (const { shape, axis } of SHAPES) {
      const values = Array.from({ length: product(shape) }, (_, i) => (i % 11 === 0 ? 255 : Number(i % 4 === 0)));
      const bytes = batchOf(shape, axis, { shape, values: Uint8Array.from(values) });
      const floats = batchOf(shape, axis, { shape, values: Float64Array.from(values) });
      assert.ok(bytes.labels instanceof Uint8Array && floats.labels instanceof Float32Array);
      assert.deepEqual(await evaluateBatch(bytes, backend), await evaluateBatch(floats, backend), `${shape}`);
      assert.deepEqual(referenceEvaluation(bytes), referenceEvaluation(floats));
      assert.deepEqual(countLabels(bytes.labels, bytes.layout), countLabels(floats.labels, floats.layout));
      assert.deepEqual({ ...bytes, labels: 0 }, { ...floats, labels: 0 });
    }
  });

  test(`float64 predictions give the results of the nearest float32, converted ${name}`, async () => {
    for (const { shape, axis } of [...SHAPES, { shape: [5000, 3], axis: -1 }]) {
      const length = product(shape);
      const labels = { shape, values: Float64Array.from({ length }, (_, i) => Number(i % 4 === 0)) };
      const options = optionsSchema.parse({ class_axis: axis, outputs: ['gradients', 'per_class'] });
      const evaluate = (values: Float32Array | Float64Array) => {
        const format = values instanceof Float64Array ? ('F64' as const) : ('F32' as const);
        const predictions = { shape, format, values };
        return evaluateBatch(prepareBatch(options, { source: 'logits', predictions, labels }), backend);
      };
      const stored = Float64Array.from({ length }, (_, i) => Math.sin(i) * 7);
      assert.deepEqual(await evaluate(stored), await evaluate(Float32Array.from(stored)), `${shape}`);
      for (const wrong of [1e300, Number.NaN]) {
        await assert.rejects(evaluate(stored.with(length - 1, wrong)), InvalidPredictionsError);
      }
    }
  });

  for (const format of ['F16', 'BF16'] as const) {
    test(`${format} predictions and gradients, converted ${name}`, async () => {
      for (const { shape, axis } of SHAPES) {
        const length = product(shape);
        const labels = { shape, values: Float64Array.from({ length }, (_, i) => Number(i % 4 === 0)) };
        const stored = new Uint16Array(new SharedArrayBuffer(2 * length + 2), 2, length);
        stored.set(stored.map((_, i) => BITS[i % BITS.length]!));
        const options = optionsSchema.parse({ class_axis: axis, outputs: ['gradients'], gradients_dtype: format });
        const batch = prepareBatch(options, {
          source: 'logits',
          predictions: { shape, format, values: stored },
          labels,
        });
        const exact = await evaluateBatch({ ...batch, gradientsFormat: 'F32' }, wasmBackend);
        const gradients = new Uint16Array(new SharedArrayBuffer(2 * length + 2), 2, length);
        await evaluateInto(batch, { gradients }, backend);
        const expected = new Uint16Array(length);
        toFloat16(exact.arrays.gradients!, format, expected);
        assert.deepEqual([...gradients], [...expected]);
      }
    });
  }
}

test('labels of 8 bits may lie at any offset of shared memory', async () => {
  const shape = [500, 17];
  const values = Array.from({ length: product(shape) }, (_, i) => Number(i % 4 === 0));
  const expected = await evaluateBatch(batchOf(shape, -1, { shape, values: Float64Array.from(values) }), wasmBackend);
  for (const shift of [1, 2, 5]) {
    const bytes = new Uint8Array(new SharedArrayBuffer(values.length + shift), shift);
    bytes.set(values);
    assert.deepEqual(await evaluateBatch(batchOf(shape, -1, { shape, values: bytes }), wasmBackend), expected);
  }
});
