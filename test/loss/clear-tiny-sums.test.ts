import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { SUMS_PER_CLASS } from '../../src/loss/class-sums.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { logitsBatch, run } from '../helpers/engine/batches.ts';
import { asProbabilities } from '../helpers/engine/layout-batches.ts';

await wasmBackend.start();

const OUTPUTS = ['loss', 'gradients', 'per_class', 'difficulty'];

async function summaryOf(batch: Batch) {
  return summarize(batch, await run(batch));
}

/** Batches whose predictions are right beyond doubt, or wrong in one class only. */
function saturated(weight: number): [string, Batch][] {
  const of = (logits: number[], labels: number[], classes: number, options: object, tensors: object = {}) => {
    const samples = logits.length / classes;
    const sample_weights = { shape: [samples], values: new Float64Array(samples).fill(weight) };
    const shapeOfLabels = labels.length === samples ? [samples] : [samples, classes];
    return logitsBatch(
      [samples, classes],
      logits,
      shapeOfLabels,
      labels,
      { gamma: 0, alpha: null, sample_weights, ...tensors },
      { outputs: OUTPUTS, ...options },
    );
  };
  const softmax = { activation: 'softmax' };
  return [
    ['softmax', of([0, -10_000], [0], 2, softmax)],
    ['softmax of many classes', of([0, ...new Array<number>(299).fill(-1e30)], [0], 300, softmax)],
    ['one-hot labels', of([0, -10_000, -10_000], [1, 0, 0], 3, softmax)],
    ['gamma by class', of([0, -10_000], [0], 2, softmax, { gamma: { shape: [2], values: Float64Array.of(0, 2) } })],
    ['γ 2', of([0, -10_000], [0], 2, softmax, { gamma: 2 })],
    ['γ 1e6', of([0, -10], [0], 2, softmax, { gamma: 1e6 })],
    ['sigmoid', of([10_000, -10_000, 800, -800], [1, 0, 1, 0], 2, {}, { alpha: 0.25 })],
    ['just below the normal numbers', of([0, -730, 0, -709], [0, 0], 2, softmax)],
  ];
}

test('what is too small for a float64 is 0, and its shares are null', async () => {
  for (const weight of [1e-30, 1, 3e38]) {
    for (const [name, batch] of saturated(weight)) {
      const { sum, loss, per_class: columns, difficulty } = await summaryOf(batch);
      assert.deepEqual([sum, loss], [0, 0], `${name}, ${weight}`);
      const fields = name.includes('γ')
        ? (['loss', 'gradient_l1'] as const)
        : (['loss', 'cross_entropy', 'gradient_l1'] as const);
      for (const field of fields) {
        for (const part of ['positive', 'negative', 'total'] as const) {
          assert.ok(
            columns![`${field}.${part}`].every((value) => value === 0),
            `${name}: ${field}.${part}, ${weight}`,
          );
        }
        assert.ok(columns![`${field}.share`].every(Number.isNaN), `${name}: ${field}`);
        assert.deepEqual([difficulty!.positives[field], difficulty!.negatives[field]], [null, null], name);
      }
      assert.ok(
        columns!['mean_pt.positive'].every((mean) => mean > 0.99 || mean === 0 || Number.isNaN(mean)),
        name,
      );
    }
  }
});

test('probabilities of a large γ', async () => {
  const batch = logitsBatch(
    [2, 2],
    [40, -40, 30, -30],
    [2],
    [0, 0],
    { gamma: 100 },
    { activation: 'softmax', outputs: OUTPUTS },
  );
  const { sum, per_class: columns } = await summaryOf(asProbabilities(batch));
  assert.equal(sum, 0);
  assert.deepEqual([...columns!['gradient_l1.total']], [0, 0]);
});

test('small sums stay as they are', async () => {
  const options = { activation: 'softmax', outputs: OUTPUTS };
  const one = await summaryOf(logitsBatch([1, 2], [0, -400], [1], [0], { gamma: 0 }, options));
  assert.ok(Math.abs(one.sum! / 1.9151695967140057e-174 - 1) < 1e-8, `${one.sum}`);
  assert.deepEqual([...one.per_class!['loss.share']], [1, 0]);
  const tinyWeights = { sample_weights: { shape: [1], values: Float64Array.of(1e-38) }, gamma: 0 };
  const batch = logitsBatch([1, 2], [0, -90], [1], [0], tinyWeights, options);
  const { sum, loss } = await summaryOf(batch);
  assert.ok(Math.abs(sum! / (1e-38 * Math.exp(-90)) - 1) < 1e-6);
  assert.ok(Math.abs(loss! / (1e-38 * Math.exp(-90)) - 1) < 1e-6);
});

test('a batch far from 0 is not touched', async () => {
  const batch = logitsBatch([2, 2], [1, -1, 0.5, 2], [2], [0, 1], {}, { activation: 'softmax', outputs: OUTPUTS });
  const evaluation = await run(batch);
  const before = evaluation.sums.slice();
  summarize(batch, evaluation);
  assert.deepEqual(evaluation.sums, before);
});

test('the more elements a sum has, the larger it may be and still be too small to be told from 0', () => {
  const samples = 1000;
  const batch = logitsBatch(
    [samples, 1],
    new Array<number>(samples).fill(0),
    [samples],
    new Array<number>(samples).fill(1),
    { gamma: 0, alpha: null },
    { outputs: ['loss', 'per_class'] },
  );
  for (const [sum, expected] of [
    [9e-298, 0],
    [1.1e-297, 1.1e-297],
  ] as const) {
    const sums = new Float64Array(SUMS_PER_CLASS);
    sums[0] = sum;
    assert.equal(summarize(batch, { sums }).sum, expected);
  }
});
