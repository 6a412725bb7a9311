import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { numbers, sumsOfSweep, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernel that evaluates many γ at once, for hard labels in batches of 4096 elements and more.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];
const [IGNORE, BACKGROUND] = [-100, -1];

/** Sums of few elements are off as a single one is, and squares twice as much. */
const tolerance = { ...TOLERANCES.wasm, totals: 2 * TOLERANCES.wasm.arrays };

test('sums of elements of one logit are roundings of the reference, at every logit', async () => {
  const samples = 64;
  for (const logits of logitsOfClasses(64)) {
    const shape = [1, logits.length, samples];
    const values = Float64Array.from({ length: product(shape) }, (_, i) => logits[Math.floor(i / samples)]!);
    for (const label of [0, 1]) {
      const labels = new Float64Array(values.length).fill(label);
      const batch = logitsBatch(shape, values, shape, labels, {}, { class_axis: 1, outputs: [] });
      await assertSweep(batch, `logits from ${logits[0]}, label ${label}`);
    }
  }
});

for (const share of [0.03, 0.5]) {
  test(`lanes that are classes are right for any content, ${share} of it positive or ignored`, async () => {
    const next = numbers(5);
    const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
    for (const classes of [2, 3, 4, 5, 6, 7, 11, 80, 128, 261, 1024]) {
      const samples = Math.ceil(4096 / classes) + (classes % 9);
      const shape = [samples, classes];
      const logits = Array.from({ length: samples * classes }, logit);
      const dense = logits.map(() => (next() >= share ? 0 : next() < 0.2 ? IGNORE : 1));
      const indices = Array.from({ length: samples }, () => {
        const kind = next();
        return kind < 0.15 ? IGNORE : kind < 0.3 ? BACKGROUND : Math.floor(next() * classes);
      });
      const tensors = classes % 2 === 0 ? weightsOf([samples]) : {};
      const name = `${samples} samples of ${classes} classes`;
      await assertSweep(logitsBatch(shape, logits, shape, dense, tensors, { outputs: [] }), `${name}, dense`);
      const options = { outputs: [], background_index: BACKGROUND };
      await assertSweep(logitsBatch(shape, logits, [samples], indices, tensors, options), `${name}, indices`);
    }
  });
}

test('class indices of which a block of samples has none, some or all in a class are right', async () => {
  const next = numbers(9);
  for (const classes of [4, 5, 8, 80, 82, 263]) {
    const samples = Math.ceil(6000 / classes) + 5;
    for (const share of [0, 0.0002]) {
      const logits = Array.from({ length: samples * classes }, () => (next() - 0.5) * (next() < share ? 400 : 30));
      const shape = [samples, classes];
      for (const tensors of [{}, weightsOf([samples])]) {
        for (const ignored of [0, 0.01]) {
          const indices = Array.from({ length: samples }, (_, i) => {
            const kind = next();
            if (kind < ignored) return IGNORE;
            if (kind > 0.9) return BACKGROUND;
            return i < samples / 2 ? classes - 2 : Math.floor(next() * classes);
          });
          const options = { outputs: [], background_index: BACKGROUND };
          const name = `${samples} samples of ${classes} classes, ${share} out of range, ${ignored} ignored`;
          await assertSweep(logitsBatch(shape, logits, [samples], indices, tensors, options), name);
        }
      }
    }
  }
});

test('sums of classes of one logit are roundings of the reference', async () => {
  const samples = 128;
  for (const logits of logitsOfClasses(32)) {
    const shape = [samples, logits.length];
    const values = Float64Array.from({ length: product(shape) }, (_, i) => logits[i % logits.length]!);
    const labels = new Float64Array(samples).map((_, i) => i % logits.length);
    await assertSweep(logitsBatch(shape, values, [samples], labels, {}, { outputs: [] }), `logits from ${logits[0]}`);
  }
});

test('lanes that are samples are right for any content', async () => {
  const next = numbers(6);
  const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
  for (const shape of [
    [4097, 1],
    [9999, 1],
    [2, 3, 701],
    [2, 5, 1003],
    [1, 21, 16, 17],
  ]) {
    const perSample = shape.toSpliced(1, 1);
    const logits = Float32Array.from({ length: product(shape) }, logit);
    const dense = Array.from(logits, (_, i) => (next() >= 0.3 * (1 + (i & 1)) ? 0 : next() < 0.3 ? IGNORE : 1));
    const indices = Array.from({ length: product(perSample) }, () =>
      next() < 0.1 ? IGNORE : Math.floor(next() * shape[1]!),
    );
    for (const tensors of [{}, weightsOf(perSample)]) {
      const options = { class_axis: 1, outputs: [] };
      await assertSweep(logitsBatch(shape, logits, shape, dense, tensors, options), `[${shape}], dense`);
      await assertSweep(logitsBatch(shape, logits, perSample, indices, tensors, options), `[${shape}], indices`);
    }
  }
});

test('weights of which float32 does not hold the sums of squares are right', async () => {
  const next = numbers(7);
  const shape = [900, 6];
  const logits = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 60);
  const labels = Array.from(logits, () => Number(next() < 0.2));
  for (const factor of [1e-20, 5e3, 1e6, 1e20]) {
    const { sample_weights } = weightsOf([900]);
    const values = sample_weights.values.map((weight, i) => (i % 3 ? weight : weight * factor));
    const tensors = { sample_weights: { shape: [900], values } };
    await assertSweep(logitsBatch(shape, logits, shape, labels, tensors, { outputs: [] }), `weights of ${factor}`);
  }
});

test('with any number of threads the sums are the same bytes, whatever else the sweep has', async () => {
  const [samples, classes] = [70_000, 9]; // Five parts.
  const next = numbers(8);
  const logits = Float32Array.from({ length: samples * classes }, () => 20 * (next() - 0.5));
  const labels = Array.from({ length: samples }, () => Math.floor(next() * classes));
  const batch = logitsBatch([samples, classes], logits, [samples], labels, {}, { outputs: [] });
  // More than one call takes, and one that only the other kernel serves.
  const gammas = [...GAMMAS, 0.7, ...GAMMAS];
  const expected = await sumsOfSweep(1, batch, gammas, true);
  for (const threads of [2, 3]) assert.deepEqual(await sumsOfSweep(threads, batch, gammas, true), expected);
  const last = await sumsOfSweep(1, batch, [5], true);
  assert.deepEqual(last, expected.subarray(-last.length));
});

/** Every eighth logit, so many at a time: each class of a batch has one. */
function logitsOfClasses(classes: number): Float32Array[] {
  const logits = LOGITS.filter((_, i) => i % 8 === 0);
  const batches = Math.ceil(logits.length / classes);
  return Array.from({ length: batches }, (_, i) => logits.slice(-classes * (batches - i)).subarray(0, classes));
}

const assertSweep = (batch: Batch, name: string) =>
  sweepConforms(batch, GAMMAS, { tolerance, hardLabels: true, kernel: 'hard' }, name);
