import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispose, tensor1d } from '@tensorflow/tfjs-core';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { numbers, sumsOfSweep, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernel that evaluates many γ of softmax at once.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.7, 4, 5, 10];
const IGNORE = -100;

/** Sums of few elements are off as a single one is, and squares twice as much. */
const tolerance = { ...TOLERANCES.wasm, totals: 2 * TOLERANCES.wasm.arrays };
const assertSweep = (batch: Batch, name: string) =>
  sweepConforms(batch, GAMMAS, { tolerance, hardLabels: false, kernel: 'soft' }, name);
const options = { activation: 'softmax', class_axis: 1, outputs: [] };

test('sums of equal samples are roundings of the reference, however far the logits are apart', async () => {
  const next = numbers(4);
  for (const { classes, gap, top } of combinations({
    classes: [2, 3, 16, 24, 80],
    gap: [0, 1e-7, 1e-3, 0.34, 1, 3, 10, 30, 60, 86, 88, 1e3, 1e4],
    top: ['label', 'other'],
  })) {
    const row = Array.from({ length: classes }, () => Math.min(gap, 2) * (next() - 0.5));
    row[1]! += gap;
    const samples = 37;
    const logits = Array.from({ length: samples * classes }, (_, i) => row[i % classes]!);
    const labels = new Array(samples).fill(top === 'label' ? 1 : 0);
    const batch = logitsBatch([samples, classes], logits, [samples], labels, {}, options);
    await assertSweep(batch, `${classes} classes, gap ${gap}, ${top}`);
  }
});

for (const kind of ['plain', 'ignored', 'far', 'huge', 'tiny'] as const) {
  test(`right in every layout: ${kind}`, async () => {
    const next = numbers(5);
    for (const shape of [
      [1, 2],
      [9, 3],
      [300, 5],
      [70, 23],
      [7, 24],
      [33, 33],
      [3, 1001],
      [2, 2, 9],
      [3, 5, 4],
      [2, 19, 13, 7],
      [3, 33, 8],
    ]) {
      const classes = shape[1]!;
      const perSample = shape.toSpliced(1, 1);
      const samples = product(perSample);
      const inner = samples / shape[0]!;
      const logits = Array.from(
        { length: samples * classes },
        () => (next() - 0.5) * ((kind === 'far' || kind === 'huge') && next() < 0.02 ? 900 : 20),
      );
      const indices = Array.from({ length: samples }, () =>
        kind === 'ignored' && next() < 0.4 ? IGNORE : Math.floor(next() * classes),
      );
      const oneHot = logits.map((_, at) => {
        const label = indices[Math.floor(at / (classes * inner)) * inner + (at % inner)]!;
        return label < 0 ? label : Number(label === Math.floor(at / inner) % classes);
      });
      const { sample_weights } = weightsOf(perSample);
      const factor = kind === 'huge' ? 1e15 : kind === 'tiny' ? 1e-15 : 1;
      const values = sample_weights.values.map((weight) => weight * factor);
      const tensors = kind === 'plain' ? {} : { sample_weights: { shape: perSample, values } };
      await assertSweep(logitsBatch(shape, logits, perSample, indices, tensors, options), `[${shape}], indices`);
      await assertSweep(logitsBatch(shape, logits, shape, oneHot, tensors, options), `[${shape}], one-hot`);
    }
  });
}

test('sums of many samples are as precise as in float64', async () => {
  const next = numbers(11);
  for (const shape of [
    [3001, 80],
    [30_001, 5],
    [1, 19, 100, 101],
  ]) {
    const perSample = shape.toSpliced(1, 1);
    const logits = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 20);
    const labels = Array.from({ length: product(perSample) }, (_, i) => i % shape[1]!);
    const batch = logitsBatch(shape, logits, perSample, labels, {}, options);
    // Of squares, which are twice as far off and of which few matter, the sums of a class are not that precise.
    await sweepConforms(
      batch,
      GAMMAS,
      { tolerance: { ...tolerance, totals: 5e-8 }, hardLabels: false, kernel: 'soft' },
      `[${shape}]`,
    );
  }
});

test('one-hot labels of which one is soft: each part is right', async () => {
  const [samples, classes] = [3 * 3184, 41]; // Three parts.
  const next = numbers(3);
  const logits = Float32Array.from({ length: samples * classes }, () => 6 * next() - 3);
  for (const sample of [7, 3190, 4000]) logits[sample * classes] = 500; // Left to float64.
  const labels = new Float64Array(samples * classes);
  for (let i = 0; i < samples; i++) labels[i * classes + ((5 * i) % classes)] = i === 5000 ? 0.75 : 1;
  await assertSweep(logitsBatch([samples, classes], logits, [samples, classes], labels, {}, options), 'a soft label');
});

test('with any number of threads the sums are the same bytes, whatever else the sweep has', async () => {
  const [samples, classes] = [40_000, 26]; // Eight parts.
  const next = numbers(8);
  const logits = Float32Array.from({ length: samples * classes }, () => 20 * (next() - 0.5));
  const labels = Array.from({ length: samples }, () => Math.floor(next() * classes));
  const batch = logitsBatch([samples, classes], logits, [samples], labels, {}, options);
  const gammas = [...GAMMAS, ...GAMMAS]; // More than one call takes.
  const expected = await sumsOfSweep(1, batch, gammas, false);
  for (const threads of [2, 3]) assert.deepEqual(await sumsOfSweep(threads, batch, gammas, false), expected);
  const last = await sumsOfSweep(1, batch, [10], false);
  assert.deepEqual(last, expected.subarray(-last.length));
});

test('what is left in memory does not matter', async () => {
  const next = numbers(13);
  for (const shape of [
    [1, 24],
    [6, 33],
    [9, 5],
    [2, 19, 3],
  ]) {
    const perSample = shape.toSpliced(1, 1);
    const logits = Array.from({ length: product(shape) }, () => 8 * next());
    const labels = Array.from({ length: product(perSample) }, (_, i) => i % shape[1]!);
    dispose([2 ** 12, 2 ** 15, 2 ** 18, 2 ** 21].map((length) => tensor1d(new Float32Array(length).fill(Number.NaN))));
    await assertSweep(logitsBatch(shape, logits, perSample, labels, {}, options), `[${shape}]`);
  }
});
