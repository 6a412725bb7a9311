import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { logitsBatch, run } from '../../../helpers/engine/batches.ts';

// Kernels evaluate four samples at a time. In place of those that are missing in the last four, memory has what an earlier batch
// has left there.

await wasmBackend.start();

const CLASSES = 17;
const options = { activation: 'softmax', label_smoothing: 0.1, reduction: 'sum', outputs: ['gradients', 'per_class'] };

function batchOf(samples: number, labels?: readonly number[]) {
  const shape = [samples, CLASSES];
  const numbers = Array.from({ length: samples * CLASSES }, (_, i) => Math.sin(i * 1.7) * 3);
  const soft = numbers.map((x) => (x + 3) / 6);
  return logitsBatch(shape, numbers, labels ? [samples] : shape, labels ?? soft, { gamma: 0.7 }, options);
}

test('no result depends on the batch before', async () => {
  const few = [1, 2, 3, 5].map((samples) => batchOf(samples, new Array(samples).fill(3)));
  const expected = await Promise.all(few.map(run));
  for (let samples = 4; samples < 200; samples++) {
    const before = batchOf(samples);
    for (const [i, batch] of few.entries()) {
      await run(before);
      assert.deepEqual((await run(batch)).sums, expected[i]!.sums, `behind ${samples} samples`);
    }
  }
});
