import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servesInSweep } from '../../../../src/engine/backends/wasm/sweep-kernel.ts';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { startEngine } from '../../../../src/engine/engine-pool.ts';
import { evaluateInto } from '../../../../src/engine/evaluate-batch.ts';
import { addParts } from '../../../../src/engine/kernel.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { type HyperParameters, hyperParametersAt } from '../../../../src/loss/hyper-parameters.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernel that evaluates many γ at once, for hard labels in batches of 4096 elements and more.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];
const [IGNORE, BACKGROUND] = [-100, -1];

/** Sums of few elements are off as a single one is, and squares twice as much. */
const tolerance = { ...TOLERANCES.wasm, totals: 2 * TOLERANCES.wasm.arrays };

test('sums of elements of one logit are roundings of the reference, at every logit', async () => {
  const shape = [4096];
  for (const logit of LOGITS.filter((_, i) => i % 16 === 0)) {
    for (const label of [0, 1]) {
      const logits = new Float64Array(4096).fill(logit);
      const labels = new Float64Array(4096).fill(label);
      await assertSweep(
        logitsBatch(shape, logits, shape, labels, {}, { outputs: [] }),
        `logit ${logit}, label ${label}`,
      );
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

test('with any number of threads the sums are the same bytes, whatever else the sweep has', async () => {
  const [samples, classes] = [70_000, 9]; // Five parts.
  const next = numbers(8);
  const logits = Float32Array.from({ length: samples * classes }, () => 20 * (next() - 0.5));
  const labels = Array.from({ length: samples }, () => Math.floor(next() * classes));
  const batch = {
    ...logitsBatch([samples, classes], logits, [samples], labels, {}, { outputs: [] }),
    gradientSquares: true,
  };
  const alphas = Float64Array.from({ length: 2 * classes }, (_, i) => 1 + i / 7);
  const sumsOf = async (threads: number, gammas: readonly number[]) => {
    const engine = startEngine({ engine: 'wasm', threads, queueLimit: 8 });
    await engine.ready;
    const hyperParameters = { gammas: Float64Array.from(gammas), alphas, hardLabels: true };
    const { sums } = await engine.evaluate(batch, { hyperParameters });
    await engine.close();
    return sums;
  };
  // More than one call takes, and one that only the other kernel serves.
  const gammas = [...GAMMAS, 0.7, ...GAMMAS];
  const expected = await sumsOf(1, gammas);
  for (const threads of [2, 3]) assert.deepEqual(await sumsOf(threads, gammas), expected);
  const last = await sumsOf(1, [5]);
  assert.deepEqual(last, expected.subarray(-last.length));
});

/** Compares the sums of every γ, with an α for each class and side, to the reference. */
async function assertSweep(batch: Batch, name: string): Promise<void> {
  const swept = { ...batch, gradientSquares: true };
  const { classes } = batch.layout;
  const alphas = Float64Array.from({ length: 2 * classes }, (_, i) => 0.1 + (i % 5) / 4);
  const grid = { gammas: Float64Array.from(GAMMAS), alphas, hardLabels: true };
  const hyperParameters: HyperParameters[] = GAMMAS.map((_, i) => hyperParametersAt(grid, classes, i));
  assert.ok(hyperParameters.every((each) => servesInSweep(swept, each)));
  const { partSums } = await evaluateInto(swept, {}, wasmBackend, { hyperParameters, hardLabels: true });
  const size = partSums.length / GAMMAS.length;
  for (const [i, each] of hyperParameters.entries()) {
    const sums = addParts(partSums.subarray(i * size, (i + 1) * size), swept);
    await conforms(
      { evaluate: async () => ({ arrays: {}, sums }), tolerance },
      { ...swept, ...each },
      `${name}, ${GAMMAS[i]}`,
    );
  }
}

function weightsOf(shape: readonly number[]) {
  const values = Float64Array.from({ length: product(shape) }, (_, i) => (i % 4) / 2);
  return { sample_weights: { shape, values } };
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
