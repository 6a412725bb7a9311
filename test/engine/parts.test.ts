import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { KERNEL_NAMES, kernelAttributes } from '../../src/engine/kernel.ts';
import { batchOfPart, partsOf } from '../../src/engine/wasm/parts.ts';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { logitsBatch, pseudorandom } from './batches.ts';

await wasmRung.start();

/** The sums of each part, as the kernel gives them: float64 bits. */
function sumsOfParts(batch: Batch): Int32Array {
  const { predictions, labels, ...options } = batch;
  return tidy(() => {
    const inputs = {
      predictions: tensor(predictions, [predictions.length], 'float32'),
      labels: tensor(labels, [labels.length], labels instanceof Float32Array ? 'float32' : 'int32'),
    };
    const [sums]: Tensor[] = engine().runKernel(KERNEL_NAMES[batch.activation], inputs, kernelAttributes(options));
    return sums!.dataSync<'int32'>();
  });
}

for (const activation of ['sigmoid', 'softmax'] as const) {
  test(`${activation}: slices split at the ends of parts have the whole's sums, bit for bit`, () => {
    const random = pseudorandom();
    for (const { shape, axis } of [
      { shape: [3000, 300], axis: -1 },
      { shape: [9, 7, 10_000], axis: 1 },
    ]) {
      const perSample = shape.toSpliced(axis, 1);
      const logits = Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next().value * 20 - 10);
      const labels = Array.from({ length: perSample.reduce((a, b) => a * b) }, (_, i) => i % shape.at(axis)!);
      const batch = logitsBatch(shape, logits, perSample, labels, {}, { activation, class_axis: axis });
      const parts = partsOf(batch.layout);
      assert.ok(parts.length > 3);

      const whole = sumsOfParts(batch);
      const split = parts[1]!.to;
      const [head, tail] = [
        { from: 0, to: split },
        { from: split, to: batch.layout.outer },
      ].map((range) => sumsOfParts(batchOfPart(batch, range)));
      assert.deepEqual([...head!, ...tail!], [...whole]);
    }
  });
}

test('parts cover every slice once and their sums stay small beside the predictions', () => {
  for (const classes of [1, 3, 80, 1000, 20_000]) {
    for (const inner of [1, 7, 1024, 1_000_000]) {
      for (const outer of [1, 2, 999, 100_000]) {
        const parts = partsOf({ outer, classes, inner });
        let next = 0;
        for (const { from, to } of parts) {
          assert.ok(from === next && to > from);
          next = to;
        }
        assert.equal(next, outer);
        const sumsBytes = parts.length * classes * 96;
        assert.ok(sumsBytes <= 0.1 * (4 * outer * classes * inner) + classes * 96, `${outer} × ${classes} × ${inner}`);
      }
    }
  }
});
