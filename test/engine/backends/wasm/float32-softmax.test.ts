import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { partCount } from '../../../../src/engine/tiling.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { hostileRows } from '../../../helpers/engine/hostile-rows.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 kernels of softmax, which serve unless the Hessian is requested. Sums of few elements have the error of a single
// element.

await wasmBackend.start();

const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };
const assertMatches = (batch: Batch, name: string) => conforms(candidate, batch, name);

const GAMMAS = [0, 0.5, 1, 1.5, 1.7, 2, 2.5, 3, 3.7, 4, 5, 10];
const CLASSES = [2, 3, 4, 5, 6, 7, 16, 17, 80, 1000];
const GAPS = [0, 1e-7, 1e-3, 0.1, 0.34, 0.35, 1, 3, 10, 17, 30, 60, 86, 88, 120, 1e3, 1e4];
const HOSTILE = combinations({ gamma: GAMMAS, classes: CLASSES, gap: GAPS });
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'];
const WITH_DIFFICULTY = [...OUTPUTS, 'difficulty'];

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: losses and gradients of hostile logits are float32 roundings of the reference`, async () => {
    for (const { classes, gap } of HOSTILE.filter((each) => each.gamma === gamma)) {
      const { logits, labels } = hostileRows(classes, gap);
      const options = { activation: 'softmax', reduction: 'sum', outputs: ['gradients', 'elementwise'] };
      const batch = logitsBatch([labels.length, classes], logits, [labels.length], labels, { gamma }, options);
      await assertMatches(batch, `${classes} classes, gap ${gap}`);
      await assertMatches({ ...batch, outputs: ['difficulty'] }, `${classes} classes, gap ${gap}, difficulty`);
    }
  });
}

test('the sums of a single sample have the error of its elements', async () => {
  for (const classes of [2, 3, 16, 17, 80]) {
    for (const [i, gap] of GAPS.entries()) {
      const { logits, labels } = hostileRows(classes, gap);
      for (const [row, label] of labels.entries()) {
        const gamma = GAMMAS[(i + row) % GAMMAS.length];
        const options = { activation: 'softmax', reduction: 'sum', outputs: OUTPUTS };
        const sample = logits.subarray(row * classes, (row + 1) * classes);
        const batch = logitsBatch([1, classes], sample, [1], [label], { gamma }, options);
        await assertMatches({ ...batch, gradientSquares: row % 2 === 0 }, `${classes} classes, gap ${gap}, row ${row}`);
      }
    }
  }
});

const SHAPES = [
  { shape: [1, 2] },
  { shape: [9, 3] },
  { shape: [8, 5] },
  { shape: [11, 16] },
  { shape: [7, 33] },
  { shape: [3, 1001] },
  { shape: [2, 2, 9], axis: 1 },
  { shape: [3, 5, 4], axis: 1 },
  { shape: [2, 19, 5, 7], axis: 1 },
  { shape: [3, 33, 8], axis: 1 },
];

for (const dense of [false, true]) {
  test(`${dense ? 'one-hot labels' : 'class indices'}: right in every layout, with weights, and where float32 does not serve`, async () => {
    const random = pseudorandom(7);
    const next = () => random.next().value;
    for (const { shape, axis = 1 } of SHAPES) {
      for (const kind of ['plain', 'ignored', 'far', 'gammas', 'huge', 'tiny'] as const) {
        const classes = shape[axis]!;
        const perSample = shape.toSpliced(axis, 1);
        const samples = perSample.reduce((product, size) => product * size, 1);
        const inner = samples / shape[0]!;
        const isFar = kind === 'far' || kind === 'huge';
        const logits = Array.from(
          { length: samples * classes },
          () => (next() - 0.5) * (isFar && next() < 0.02 ? 900 : 20),
        );
        const indices = Array.from({ length: samples }, () =>
          kind === 'ignored' && next() < 0.4 ? -100 : Math.floor(next() * classes),
        );
        const oneHot = logits.map((_, at) => {
          const label = indices[Math.floor(at / (classes * inner)) * inner + (at % inner)]!;
          return label < 0 ? label : Number(label === Math.floor(at / inner) % classes);
        });
        const factor = kind === 'huge' ? 1e33 : kind === 'tiny' ? 1e-33 : 1;
        const weights = Float64Array.from({ length: samples }, (_, i) => ((i % 4) / 2) * factor);
        const perClass = (values: readonly number[]) => ({
          shape: [classes],
          values: Float64Array.from({ length: classes }, (_, c) => values[c % values.length]!),
        });
        const tensors = {
          gamma: kind === 'gammas' ? perClass([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.3, 4, 5, 30]) : 2,
          alpha: perClass([0.25, 0.5, 0.9]),
          ...(kind !== 'plain' && { sample_weights: { shape: perSample, values: weights } }),
        };
        for (const outputs of [
          OUTPUTS,
          WITH_DIFFICULTY,
          ['difficulty'],
          ['gradients'],
          ['per_class'],
          ['loss'],
          ['elementwise', 'per_class'],
        ]) {
          const options = { activation: 'softmax', class_axis: axis, reduction: 'mean', outputs };
          const labels = dense ? oneHot : indices;
          const batch = logitsBatch(shape, logits, dense ? shape : perSample, labels, tensors, options);
          await assertMatches(batch, `[${shape}], ${kind}, ${outputs}`);
          await assertMatches({ ...batch, gradientSquares: true }, `[${shape}], ${kind}, ${outputs}, squares`);
        }
      }
    }
  });
}

test('sums of many samples are as precise as in float64', async () => {
  const random = pseudorandom(11);
  for (const shape of [
    [3001, 80],
    [30_001, 5],
    [1, 19, 100, 101],
  ]) {
    const classes = shape[1]!;
    const perSample = shape.toSpliced(1, 1);
    const samples = perSample.reduce((product, size) => product * size, 1);
    const logits = Float32Array.from({ length: samples * classes }, () => (random.next().value - 0.5) * 20);
    const labels = Array.from({ length: samples }, (_, i) => i % classes);
    const options = { activation: 'softmax', class_axis: 1, outputs: WITH_DIFFICULTY };
    const batch = logitsBatch(shape, logits, perSample, labels, {}, options);
    await conforms({ evaluate: run, tolerance: TOLERANCES.wasm }, batch, `[${shape}]`);
  }
});

for (const softSample of [undefined, 5000]) {
  const labelsOf = softSample === undefined ? 'class indices' : 'one-hot labels, of which one is soft';
  test(`${labelsOf}: a part has only its own sums, whichever kernels evaluated the part before`, async () => {
    const classes = 41;
    const samples = 3 * 3184; // Three parts.
    const far = [7, 3190, 4000]; // Left to float64, in the first two of them.
    const random = pseudorandom(3);
    const logits = Float32Array.from({ length: samples * classes }, () => 6 * random.next().value - 3);
    for (const sample of far) logits[sample * classes] = 500;
    const indices = Array.from({ length: samples }, (_, i) => (5 * i) % classes);
    const dense = new Float64Array(samples * classes);
    indices.forEach((label, i) => {
      dense[i * classes + label] = i === softSample ? 0.75 : 1;
    });
    const [shape, labels] = softSample === undefined ? [[samples], indices] : [[samples, classes], dense];
    for (const outputs of [OUTPUTS, WITH_DIFFICULTY]) {
      const options = { activation: 'softmax', outputs };
      const batch = logitsBatch([samples, classes], logits, shape, labels, {}, options);
      assert.equal(partCount(batch.layout), 3);
      await assertMatches(batch, `${labelsOf}, ${outputs}`);
    }
  });
}
