import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '@tensorflow/tfjs-core';
import { unpooled } from '../../src/core/allocator.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import type { Backend } from '../../src/engine/backends/backend.ts';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import { partCount } from '../../src/engine/tiling.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { allocateResults, type Evaluation } from '../../src/loss/evaluation.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { logitsBatch, referenceEvaluation } from '../helpers/engine/batches.ts';
import { conforms } from '../helpers/engine/conformance.ts';
import { allows, makeBatch, perClass, SHAPES } from '../helpers/engine/layout-batches.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { TOLERANCES } from '../helpers/engine/tolerance.ts';

// Batches that are evaluated in several tiles, of which some are runs of positions that are scattered in the batch.

await wasmBackend.start();

/** The embedded backend with tiles so small that parts, and even slices, are split. It copies uploads if `elements` is odd. */
function backendWithTiles(elements: number): Backend {
  const { copiesUploads, ...backend } = wasmBackend;
  return { ...backend, tileSize: { parts: 2, elements }, ...(elements % 2 === 1 && { copiesUploads: true }) };
}

for (const activation of ['sigmoid', 'softmax']) {
  for (const labels of ['index', 'dense', 'soft'] as const) {
    test(`${activation}, ${labels}: right in tiles of any size`, async () => {
      const before = memory().numTensors;
      for (const elements of [1, 6, 31, 100]) {
        const backend = backendWithTiles(elements);
        const candidate = { evaluate: (batch: Batch) => evaluateBatch(batch, backend), tolerance: TOLERANCES.wasm };
        for (const layout of SHAPES.filter((shape) => allows(activation, shape))) {
          const tensors = layout.shape.at(layout.axis ?? -1) === 5 ? perClass(layout) : {};
          const batch = makeBatch(layout, labels, { activation }, tensors);
          await conforms(candidate, batch, `[${layout.shape}] by ${elements}`, ['gradients', 'hessian']);
        }
      }
      assert.equal(memory().numTensors, before);
    });
  }
}

/** Two images of several runs each, channels first. The last run is longer. */
const IMAGES = { shape: [2, 40, 107, 106], axis: 1 };
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'];

/** Two parts of 32 samples. */
const MANY_CLASSES = { shape: [64, 2 ** 14] };

for (const [what, layout, activation, labels, outputs] of [
  ['an image', IMAGES, 'sigmoid', 'index', OUTPUTS],
  ['an image', IMAGES, 'softmax', 'index', OUTPUTS],
  ['an image', IMAGES, 'softmax', 'soft', OUTPUTS],
  ['a batch of many classes', MANY_CLASSES, 'softmax', 'index', ['loss', 'gradients', 'per_class']],
] as const) {
  test(`${activation}, ${labels}: ${what} is divided among threads, and any number of them gives the same bytes`, async () => {
    const batch = makeBatch(layout, labels, { activation, outputs });
    assert.ok(partCount(batch.layout) > 1);
    const evaluations: Evaluation<Float32Array | Uint16Array>[] = [];
    for (const threads of [1, 2, 3]) {
      const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
      await engine.ready;
      const { queueMs, computeMs, ...evaluation } = await engine.evaluate(batch);
      await engine.close();
      evaluations.push(evaluation);
    }
    assert.deepEqual(evaluations[1], evaluations[0]);
    assert.deepEqual(evaluations[2], evaluations[0]);
    // Sums of few samples have the error of one.
    const totals = layout === MANY_CLASSES ? TOLERANCES.wasm.arrays : TOLERANCES.wasm.totals;
    const tolerance = { ...TOLERANCES.wasm, totals };
    const candidate = { evaluate: async () => evaluations[0]! as Evaluation, tolerance };
    await conforms(candidate, batch, `${activation}, ${labels}`, ['gradients', 'hessian']);
  });
}

test('float16 predictions, and gradients in bfloat16, are scattered like float32', async () => {
  const batch = makeBatch({ shape: [2, 5, 7, 9], axis: 1 }, 'index', { outputs: ['gradients'] });
  const { predictions } = batch;
  const bits = new Uint16Array(predictions.length);
  toFloat16(predictions as Float32Array, 'F16', bits);
  const float16Batch: Batch = { ...batch, predictions: bits, predictionsFormat: 'F16', gradientsFormat: 'BF16' };
  const whole = allocateResults(float16Batch, unpooled);
  await evaluateInto(float16Batch, whole, wasmBackend);
  for (const elements of [6, 31]) {
    const inTiles = allocateResults(float16Batch, unpooled);
    await evaluateInto(float16Batch, inTiles, backendWithTiles(elements));
    assert.deepEqual(inTiles, whole);
  }
});

test('an overflow is reported with its position in the whole batch, for any output', async () => {
  const shape = [2, 3, 4, 5];
  const [index, element] = [[1, 2, 3, 1], 1 * 60 + 2 * 20 + 3 * 5 + 1];
  for (const output of ['elementwise', 'gradients', 'hessian'] as const) {
    const logits = new Float32Array(120).fill(-1);
    logits[element] = output === 'elementwise' ? 3e38 : 0.5;
    const weights = Float32Array.from({ length: 40 }, (_, i) => (i === 20 + 3 * 5 + 1 ? 3e38 : 1));
    const tensors = {
      gamma: 0,
      alpha: null,
      sample_weights: { shape: [2, 4, 5], values: weights },
      class_weights: { shape: [3], values: Float64Array.of(0, 0, 1e3) },
    };
    const options = { class_axis: 1, reduction: 'sum', outputs: [output], background_index: 9 };
    const batch = logitsBatch(shape, logits, [2, 4, 5], new Array(40).fill(9), tensors, options);
    for (const elements of [3, 6, 31, 1000]) {
      const { overflow } = await evaluateInto(batch, allocateResults(batch, unpooled), backendWithTiles(elements));
      assert.deepEqual(overflow, { output, position: element }, `${output} by ${elements}`);
    }
    const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1 });
    await engine.ready;
    await assert.rejects(engine.evaluate(batch), (error) => {
      assert.ok(error instanceof ServiceError);
      assert.deepEqual(error.issues[0]?.index, index);
      return true;
    });
    await engine.close();
  }
});

test('a part that is split into several tiles has one set of sums', async () => {
  const batch = makeBatch({ shape: [100, 5] }, 'index');
  const { partSums } = await evaluateInto(batch, allocateResults(batch, unpooled), backendWithTiles(31));
  const expected = referenceEvaluation(batch).sums;
  assert.equal(partSums.length, expected.length);
});
