import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, memory } from '@tensorflow/tfjs-core';
import { unpooled } from '../../src/core/allocator.ts';
import type { StoredFloats } from '../../src/core/float-format.ts';
import type { inRegion } from '../../src/core/shared-memory/region-numbers.ts';
import type { Backend } from '../../src/engine/backends/backend.ts';
import { heapOf } from '../../src/engine/backends/wasm/focal-module.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { partCount } from '../../src/engine/tiling.ts';
import { type Batch, withFloat32 } from '../../src/loss/batch.ts';
import { type ArrayOutput, allocateResults } from '../../src/loss/evaluation.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { bytesOf, skip } from '../helpers/core/shared-object.ts';
import { makeBatch } from '../helpers/engine/layout-batches.ts';
import { inSharedMemory } from '../helpers/engine/region-batches.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// Logits and arrays in regions of shared memory: the same bytes as in memory, and nothing else is touched.

await wasmBackend.start();

/** A backend of which results are copied, as from a GPU. */
const { viewOf, viewFloat16, readFloat16, allocateUpload, discardUpload, upload, allFinite, ...copying } = wasmBackend;
const BACKENDS: Readonly<Record<string, Backend>> = { wasm: wasmBackend, 'a backend that copies': copying };

const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];
const LAYOUTS = [
  { shape: [600, 5] },
  { shape: [2, 3, 30, 31], axis: 1 },
  { shape: [7, 5, 6], axis: 1 },
  { shape: [3001, 1] },
];

async function assertSameBytes(batch: Batch, backend: Backend): Promise<void> {
  const expected = allocateResults(batch, unpooled);
  const { partSums: expectedSums } = await evaluateInto(batch, expected, backend);
  const region = inSharedMemory(batch);
  const { partSums } = await evaluateInto(region.batch, region.arrays, backend);
  assert.deepEqual(partSums, expectedSums);
  for (const [output, values] of Object.entries(expected)) {
    assert.ok(region.read(output as ArrayOutput).equals(bytesOf(values)), output);
  }
  assert.ok(region.isIntact());
}

for (const [name, backend] of Object.entries(BACKENDS)) {
  for (const activation of ['sigmoid', 'softmax']) {
    test(`${name}, ${activation}: the same bytes as in memory, in every layout`, { skip }, async () => {
      const before = memory().numTensors;
      for (const layout of LAYOUTS) {
        if (layout.shape[1] === 1 && activation === 'softmax') continue;
        for (const elements of [100, undefined]) {
          const tileSize = { ...backend.tileSize, ...(elements && { elements }) };
          const batch = makeBatch(layout, 'index', { activation, outputs: OUTPUTS });
          await assertSameBytes(batch, { ...backend, tileSize });
        }
      }
      assert.equal(memory().numTensors, before);
    });
  }

  test(`${name}: the same bytes as in memory, in every format`, { skip }, async () => {
    for (const gradientsFormat of ['F32', 'F16', 'BF16'] as const) {
      for (const predictionsFormat of ['F64', 'F32', 'F16', 'BF16'] as const) {
        // With tiles that are scattered and some whose length is no multiple of a vector's.
        for (const elements of [1000, undefined]) {
          const tileSize = { ...backend.tileSize, ...(elements && { elements }) };
          for (const layout of [{ shape: [2, 3, 70, 71], axis: 1 }, { shape: [1, 1] }, { shape: [401, 5] }]) {
            const batch = makeBatch(layout, 'index', { outputs: OUTPUTS });
            const predictions = stored(batch.predictions as Float32Array, predictionsFormat);
            const formats = { predictionsFormat, gradientsFormat };
            await assertSameBytes({ ...batch, predictions, ...formats }, { ...backend, tileSize });
          }
        }
      }
    }
  });
}

test('wasm: floats of 16 bits are read into its memory and written from it', { skip }, async () => {
  const batch = makeBatch({ shape: [600, 5] }, 'index', { outputs: ['gradients'] });
  const formats = { predictionsFormat: 'F16', gradientsFormat: 'F16' } as const;
  const region = inSharedMemory({
    ...batch,
    predictions: stored(batch.predictions as Float32Array, 'F16'),
    ...formats,
  });
  const { memory: heap } = heapOf(backend() as BackendWasm);
  const calls: string[] = [];
  await evaluateInto(region.batch, region.arrays, {
    ...wasmBackend,
    upload(values, format, shape) {
      if (format === 'F16') calls.push(values.buffer === heap.buffer ? 'in its memory' : 'elsewhere');
      return upload!(values, format, shape);
    },
    readFloat16: () => calls.push('copied'),
  });
  assert.deepEqual(calls, ['in its memory']);
});

function stored(values: Float32Array, format: 'F64' | 'F32' | 'F16' | 'BF16'): StoredFloats {
  if (format === 'F32') return values;
  if (format === 'F64') return Float64Array.from(values);
  const bits = new Uint16Array(values.length);
  toFloat16(values, format, bits);
  return bits;
}

test('any number of threads writes the same bytes', { skip }, async () => {
  const batch = makeBatch({ shape: [1, 4, 230, 300], axis: 1 }, 'index', { outputs: OUTPUTS });
  assert.ok(partCount(batch.layout) > 1);
  const expected = allocateResults(batch, unpooled);
  await evaluateInto(batch, expected, wasmBackend);
  for (const threads of [1, 3]) {
    const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
    await engine.ready;
    const region = inSharedMemory(batch);
    await engine.evaluate(region.batch, { arrays: {}, regionArrays: region.arrays });
    await engine.close();
    for (const [output, values] of Object.entries(expected)) {
      assert.ok(region.read(output as ArrayOutput).equals(bytesOf(values)), `${output}, ${threads} threads`);
    }
    assert.ok(region.isIntact());
  }
});

test('the reference reads logits from a region', { skip }, () => {
  const batch = makeBatch({ shape: [30, 5] }, 'index');
  assert.deepEqual(withFloat32(inSharedMemory(batch).batch).predictions, batch.predictions);
});

test('a region that was shortened is an error, and leaves no memory behind', { skip }, async () => {
  const batch = makeBatch({ shape: [2, 3, 70, 71], axis: 1 }, 'index', { outputs: ['gradients'] });
  const region = inSharedMemory(batch);
  await evaluateInto(region.batch, region.arrays, wasmBackend);
  const [tensors, buffers] = [memory().numTensors, backend().numDataIds()];
  const { size } = region.object;
  for (let i = 0; i < 20; i++) {
    region.object.resize(i % 2 === 0 ? 100 : size - 100);
    const message =
      /^\/(logits|gradients): expected \d+ bytes from byte \d+ on in the file of shared memory region 'r', got/;
    await assert.rejects(evaluateInto(region.batch, region.arrays, wasmBackend), { code: 'invalid_request', message });
  }
  assert.deepEqual([memory().numTensors, backend().numDataIds()], [tensors, buffers]);
  assert.equal(region.object.size, size - 100);
});

test('logits that are not finite are reported, also if they have changed meanwhile', { skip }, async () => {
  const batch = makeBatch({ shape: [30, 5] }, 'index');
  const { object, batch: inObject } = inSharedMemory(batch);
  const { position } = inObject.predictions as ReturnType<typeof inRegion>;
  const nan = bytesOf(Float32Array.of(Number.NaN));
  object.write(position + 4 * 7, nan);
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 8 });
  await engine.ready;
  await assert.rejects(engine.evaluate(inObject), { message: /^\/logits\/1\/2: .*got NaN: only where / });
  await engine.close();
  await assert.rejects(evaluateBatch(inObject, wasmBackend), { name: 'InvalidPredictionsError' });
  object.write(position + 4 * 7, bytesOf(Float32Array.of(1)));
  const { rejectPredictions } = await import('../../src/loss/reject-predictions.ts');
  assert.throws(() => rejectPredictions(inObject), { code: 'invalid_request', message: /which have changed since/ });
});
