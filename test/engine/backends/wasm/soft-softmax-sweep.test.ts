import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateInto } from '../../../../src/engine/evaluate-batch.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import type { HyperParameters } from '../../../../src/loss/hyper-parameters.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch, referenceEvaluation } from '../../../helpers/engine/batches.ts';
import { worstOfSums } from '../../../helpers/engine/conformance.ts';
import { softmaxSumsOfTerms } from '../../../helpers/engine/soft-softmax-magnitudes.ts';
import { numbers, sumsOfSweep, sweepConforms, weightsOf } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';
import { bothSides } from '../../../helpers/loss/plain-loss.ts';

// The kernel that evaluates many γ of softmax at once for labels in [0, 1].

await wasmBackend.start();

const GAMMAS = [0, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.7, 5, 10, 12];
const IGNORE = -100;
const options = { activation: 'softmax', class_axis: 1, outputs: [] };

/** Sums of few elements are off as a single one is, and squares twice as much. */
const tolerance = { ...TOLERANCES.wasm, totals: 2 * TOLERANCES.wasm.arrays };
const expectations = {
  tolerance,
  hardLabels: false,
  kernel: 'soft',
  alphas: 3,
  magnitudes: softmaxSumsOfTerms,
} as const;
/** With three α for each γ, which share a pass. */
const assertSweep = (batch: Batch, name: string) => sweepConforms(batch, GAMMAS, expectations, name);

test('sums of equal samples are those of the reference, however far the logits are apart', async () => {
  const next = numbers(4);
  for (const { classes, gap, label } of combinations({
    classes: [2, 3, 15, 16, 80],
    gap: [0, 1e-7, 0.34, 1, 3, 10, 60, 88, 1e4],
    label: [1e-30, 0.3, 1, 'smoothed'],
  })) {
    const row = Array.from({ length: classes }, () => Math.min(gap, 2) * (next() - 0.5));
    row[1]! += gap;
    const samples = 7;
    const logits = Array.from({ length: samples * classes }, (_, i) => row[i % classes]!);
    const name = `${classes} classes, gap ${gap}, label ${label}`;
    if (typeof label === 'number') {
      const dense = logits.map((_, i) => [label, (1 - label) / classes, 1e-3][i % classes] ?? 0.01);
      await assertSweep(logitsBatch([samples, classes], logits, [samples, classes], dense, {}, options), name);
    } else {
      const labels = new Array(samples).fill(0);
      const smoothed = { ...options, label_smoothing: 0.1 };
      await assertSweep(logitsBatch([samples, classes], logits, [samples], labels, {}, smoothed), name);
    }
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
      [133, 33],
      [11, 1001],
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
      const dense = logits.map((_, at) => {
        const label = indices[Math.floor(at / (classes * inner)) * inner + (at % inner)]!;
        if (label < 0 || (kind === 'ignored' && next() < 0.1)) return IGNORE;
        return next() < 0.1 ? next() : next() / classes;
      });
      const { sample_weights } = weightsOf(perSample);
      const factor = kind === 'huge' ? 1e8 : kind === 'tiny' ? 1e-33 : 1;
      const values = sample_weights.values.map((weight) => weight * factor);
      const tensors = kind === 'plain' ? {} : { sample_weights: { shape: perSample, values } };
      await assertSweep(logitsBatch(shape, logits, shape, dense, tensors, options), `[${shape}], dense`);
      const smoothed = { ...options, label_smoothing: 0.1 };
      await assertSweep(logitsBatch(shape, logits, shape, dense, tensors, smoothed), `[${shape}], dense, smoothed`);
      await assertSweep(logitsBatch(shape, logits, perSample, indices, tensors, smoothed), `[${shape}], smoothed`);
    }
  });
}

test('smoothing and alphas that float32 does not hold are left to other kernels', async () => {
  const next = numbers(7);
  const [samples, classes] = [9, 25];
  const logits = Array.from({ length: samples * classes }, () => 8 * next());
  const labels = Array.from({ length: samples }, () => Math.floor(next() * classes));
  for (const label_smoothing of [5e-324, 1e-310, 1e-8]) {
    const tiny = logitsBatch([samples, classes], logits, [samples], labels, {}, { ...options, label_smoothing });
    await assertSweep(tiny, `smoothing ${label_smoothing}`);
  }
  const dense = logits.map(() => next() / classes);
  const batch = {
    ...logitsBatch([samples, classes], logits, [samples, classes], dense, {}, options),
    gradientSquares: true,
  };
  const sweep = Array.from({ length: 4 }, (_, i): HyperParameters => {
    const positive = Float64Array.from({ length: classes }, (_, c) => (c === 0 && i < 2 ? 1e-15 : i === 3 ? 0 : 1));
    return { gamma: bothSides(new Float64Array(classes).fill(2)), alpha: { positive, negative: positive } };
  });
  const { partSums } = await evaluateInto(batch, {}, wasmBackend, { hyperParameters: sweep });
  const size = partSums.length / sweep.length;
  for (const [i, each] of sweep.entries()) {
    const evaluated = { ...batch, ...each };
    const sums = partSums.subarray(i * size, (i + 1) * size);
    worstOfSums(
      sums,
      referenceEvaluation(evaluated).sums,
      tolerance.totals,
      `alpha ${i}`,
      softmaxSumsOfTerms(evaluated),
    );
  }
});

test('sums of many samples are as precise as in float64', async () => {
  const next = numbers(11);
  for (const shape of [
    [1001, 80],
    [5001, 5],
    [1, 19, 40, 51],
  ]) {
    const perSample = shape.toSpliced(1, 1);
    const logits = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 20);
    const dense = Float32Array.from(logits, () => next() / shape[1]!);
    const labels = Array.from({ length: product(perSample) }, (_, i) => i % shape[1]!);
    const precise = { ...expectations, tolerance: { ...tolerance, totals: 5e-8 }, alphas: 1 };
    await sweepConforms(logitsBatch(shape, logits, shape, dense, {}, options), GAMMAS, precise, `[${shape}], dense`);
    const smoothed = logitsBatch(shape, logits, perSample, labels, {}, { ...options, label_smoothing: 0.1 });
    await sweepConforms(smoothed, GAMMAS, precise, `[${shape}], smoothed`);
  }
});

test('with any number of threads the sums are the same bytes, whatever else the sweep has', async () => {
  const [samples, classes] = [40_000, 26]; // Eight parts.
  const next = numbers(8);
  const logits = Float32Array.from({ length: samples * classes }, () => 20 * (next() - 0.5));
  const labels = Float32Array.from(logits, () => next() / classes);
  const batch = logitsBatch([samples, classes], logits, [samples, classes], labels, {}, options);
  const gammas = [...GAMMAS, ...GAMMAS]; // More than one call takes.
  const expected = await sumsOfSweep(1, batch, gammas, false);
  for (const threads of [2, 3]) assert.deepEqual(await sumsOfSweep(threads, batch, gammas, false), expected);
  for (const gamma of [10, 12]) {
    const at = gammas.lastIndexOf(gamma);
    const size = expected.length / gammas.length;
    const alone = await sumsOfSweep(1, batch, [gamma], false);
    assert.deepEqual(alone, expected.subarray(at * size, (at + 1) * size));
  }
});
