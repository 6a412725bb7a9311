import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { CALIBRATION_BINS } from '../../src/loss/calibration.ts';
import { logitsBatch, referenceEvaluation, run } from '../helpers/engine/batches.ts';

// The predicted class of a softmax sample is that of the largest logit, and no rounding of p chooses another one.

await wasmBackend.start();

const OPTIONS = { activation: 'softmax', outputs: ['calibration'] };

/** How many samples have the label of the class of the largest p, and how many that of the largest posterior. */
function hitsOf(calibration: Float64Array): readonly [predicted: number, posterior: number] {
  const positives = calibration.filter((_, i) => i % 3 === 2);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return [sum(positives.subarray(0, CALIBRATION_BINS)), sum(positives.subarray(CALIBRATION_BINS))];
}

for (const classes of [2, 3, 7, 8, 33]) {
  for (const gamma of [0, 2, 3.7]) {
    test(`${classes} classes, gamma ${gamma}: the class of the largest logit, the first one of equals`, async () => {
      const [first, second] = [Math.floor((classes - 2) / 2), classes - 1];
      for (const remaining of [0, -0.3, -3, -40, -1000, -1e5]) {
        for (const [low, high] of [
          [1, 1],
          [1, 1 + 2 ** -23],
          [0, 1e-30],
          [-1e-38, 0],
          [7.3, 7.3],
        ] as const) {
          const row = new Array<number>(classes).fill(low + remaining);
          row[first] = low;
          row[second] = high;
          const predicted = high > low ? second : remaining === 0 ? 0 : first;
          const rows = [row, row, row].flat();
          const batch = logitsBatch([3, classes], rows, [3], [predicted, predicted, predicted], { gamma }, OPTIONS);
          const name = `${low}, ${high}, remaining ${remaining}`;
          assert.deepEqual(hitsOf((await run(batch)).calibration!), [3, 3], name);
          assert.deepEqual(hitsOf(referenceEvaluation(batch).calibration!), [3, 3], name);
        }
      }
    });
  }
}

test('probabilities: the largest one, also where both are clamped', async () => {
  for (const [row, predicted] of [
    [[0.5, 0.5, 0], 0],
    [[0.39, 0.395, 0.215], 1],
  ] as const) {
    const logits = logitsBatch([1, 3], row, [1], [predicted], {}, { ...OPTIONS, epsilon: 0.4 });
    const batch = { ...logits, source: 'probabilities' as const };
    assert.deepEqual(hitsOf((await run(batch)).calibration!), [1, 1], `${row}`);
    assert.deepEqual(hitsOf(referenceEvaluation(batch).calibration!), [1, 1], `${row}`);
  }
});

test('weights of classes may make another class that of the largest posterior; of equals the first', async () => {
  const class_weights = { shape: [4], values: Float64Array.of(1, 4, 0.5, 0.5) };
  for (const [label, hits] of [
    [0, [0, 0]],
    [1, [1, 0]],
    [2, [0, 1]],
    [3, [0, 0]],
  ] as const) {
    const batch = logitsBatch([1, 4], [0, 0.5, 0, 0], [1], [label], { class_weights, gamma: 2 }, OPTIONS);
    assert.deepEqual(hitsOf((await run(batch)).calibration!), hits, `label ${label}`);
    assert.deepEqual(hitsOf(referenceEvaluation(batch).calibration!), hits, `label ${label}`);
  }
});
