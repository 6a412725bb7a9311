import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms, type Magnitudes } from '../../../helpers/engine/conformance.ts';
import { softmaxGradientTerms } from '../../../helpers/engine/soft-softmax-magnitudes.ts';
import { ofFewElements, TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernels of softmax with soft labels or smoothing, without the Hessian: with lanes along the classes for
// many classes and one γ of 0, 1, 2 or 3, else along the samples, with fewer than 16 classes in float64. The terms of a gradient
// may cancel: errors are relative to the terms.

await wasmBackend.start();

const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };
const GAMMAS = [0, 0.5, 0.7, 1, 1.5, 2, 2.6, 3, 5, 40];
const CLASSES = [2, 3, 5, 15, 16, 17, 18, 19, 63, 80, 1000];
const GAPS = [0, 1e-7, 1e-3, 0.1, 0.34, 1, 3, 10, 17, 30, 60, 86, 88, 1e3, 1e4];
const IGNORE = -100;

type Labels = 'index' | 'dense' | 'soft';

/** Rows whose largest class is ahead by the gap, tied or not, at several levels. */
function hostileBatch(
  classes: number,
  gap: number,
  labels: Labels,
  gamma: number,
  smoothing: number,
  options: object = {},
) {
  const random = pseudorandom(classes);
  const next = () => random.next().value;
  const rows = [0, -7.77, 60.3, -261.3].flatMap((level) =>
    [0, 1, 2, 3].map((kind) => {
      const largest = Math.floor(next() * classes);
      const noise = kind < 2 ? 0 : Math.min(gap, 6);
      const logits = Array.from(
        { length: classes },
        (_, c) => level + noise * (next() - 0.5) + (c === largest ? gap : 0),
      );
      return { logits, label: kind % 2 === 0 ? largest : Math.floor(next() * classes) };
    }),
  );
  const logits = Float32Array.from(rows.flatMap((row) => row.logits));
  const dense = rows.map(({ label }, row) => {
    const weights = Array.from({ length: classes }, (_, c) =>
      labels === 'dense' ? Number(c === label) : next() ** (4 * row),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (row % 5 === 4 && next() < 0.1 ? IGNORE : weight / total));
  });
  const shape = [rows.length, classes];
  const indices = rows.map(({ label }) => label);
  const [labelShape, values] = labels === 'index' ? [[rows.length], indices] : [shape, dense.flat()];
  const all = { activation: 'softmax', reduction: 'sum', label_smoothing: smoothing, ...options };
  return logitsBatch(shape, logits, labelShape, values, { gamma }, all);
}

const LABELS = [
  ['index', 0.1],
  ['dense', 0.2],
  ['soft', 0],
  ['soft', 0.3],
] as const;

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: losses and gradients of hostile logits are float32 roundings of the reference`, async () => {
    for (const { classes, gap, labelling } of combinations({ classes: CLASSES, gap: GAPS, labelling: LABELS })) {
      const [labels, smoothing] = labelling;
      const options = { outputs: ['gradients', 'elementwise'] };
      const batch = hostileBatch(classes, gap, labels, gamma, smoothing, options);
      const gradients = softmaxGradientTerms(batch);
      await conforms(candidate, batch, `${classes} classes, gap ${gap}, ${labels}, ${smoothing}`, { gradients });
    }
  });
}

/** `[rows, columns]` as `[columns, rows]`. */
function transposed(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

const SUBSETS = [
  ['loss', 'gradients', 'per_class', 'elementwise'],
  ['gradients'],
  ['per_class'],
  ['loss'],
  ['elementwise', 'per_class'],
  ['difficulty'],
];

for (const labels of ['index', 'dense', 'soft'] as const) {
  test(`${labels} labels: sums, weights and samples that float32 does not serve`, async () => {
    const random = pseudorandom(3);
    const next = () => random.next().value;
    for (const classes of [2, 3, 7, 15, 16, 17, 19, 35, 80, 1001]) {
      for (const kind of ['plain', 'ignored', 'far', 'huge', 'tiny', 'alpha', 'tiny labels'] as const) {
        const samples = 23;
        const isFar = kind === 'far';
        const logits = Array.from(
          { length: samples * classes },
          () => (next() - 0.5) * (isFar && next() < 0.01 ? 900 : 20),
        );
        const indices = Array.from({ length: samples }, () =>
          kind === 'ignored' && next() < 0.4 ? IGNORE : Math.floor(next() * classes),
        );
        const dense = indices.flatMap((label) => {
          if (label === IGNORE) return new Array<number>(classes).fill(IGNORE);
          const rest = labels === 'dense' ? 0 : kind === 'tiny labels' ? 1e-25 : 0.4 / classes;
          return Array.from({ length: classes }, (_, c) => rest + (c === label ? 1 - rest * classes : 0));
        });
        const factor = kind === 'huge' ? 1e33 : kind === 'tiny' ? 1e-33 : 1;
        const weights = Float64Array.from({ length: samples }, (_, i) => ((i % 4) / 2) * factor);
        const alpha = Float64Array.from({ length: classes }, (_, c) =>
          kind === 'alpha' ? (c % 3) * 1e-12 : (c % 3) / 4,
        );
        const tensors = {
          gamma: classes % 4,
          alpha: { shape: [classes], values: alpha },
          ...(kind !== 'plain' && { sample_weights: { shape: [samples], values: weights } }),
        };
        const [labelShape, values] = labels === 'index' ? [[samples], indices] : [[samples, classes], dense];
        for (const outputs of SUBSETS) {
          const options = { activation: 'softmax', label_smoothing: labels === 'soft' ? 0 : 0.1, outputs };
          const batch = logitsBatch([samples, classes], logits, labelShape, values, tensors, options);
          const magnitudes: Magnitudes = outputs.includes('gradients')
            ? { gradients: softmaxGradientTerms(batch) }
            : {};
          await conforms(candidate, batch, `${classes} classes, ${kind}, ${outputs}`, magnitudes);
          await conforms(
            candidate,
            { ...batch, gradientSquares: true },
            `${classes} classes, ${kind}, squares`,
            magnitudes,
          );
          const ofImage = (each: ArrayLike<number>) => transposed(each, samples, classes);
          const image = logitsBatch(
            [1, classes, samples],
            ofImage(logits),
            labels === 'index' ? [1, samples] : [1, classes, samples],
            labels === 'index' ? indices : ofImage(dense),
            { ...tensors, ...(kind !== 'plain' && { sample_weights: { shape: [1, samples], values: weights } }) },
            { ...options, class_axis: 1 },
          );
          const gradients = magnitudes.gradients && ofImage(magnitudes.gradients);
          await conforms(candidate, image, `channels first, ${classes} classes, ${kind}, ${outputs}`, {
            ...(gradients && { gradients }),
          });
        }
      }
    }
  });
}

test('one gamma per class, in both layouts', async () => {
  const random = pseudorandom(5);
  const next = () => random.next().value;
  for (const classes of [2, 7, 16, 33, 80]) {
    const samples = 71; // More than a block, and not a multiple of 4.
    const logits = Array.from({ length: samples * classes }, () => (next() - 0.5) * 12);
    const labels = Array.from({ length: samples * classes }, () => next() / classes);
    const gamma = {
      shape: [classes],
      values: Float64Array.from({ length: classes }, (_, c) => [0, 0.3, 1, 2.5, 6][c % 5]!),
    };
    const options = {
      activation: 'softmax',
      label_smoothing: 0.1,
      outputs: ['gradients', 'elementwise', 'difficulty'],
    };
    const rows = logitsBatch([samples, classes], logits, [samples, classes], labels, { gamma }, options);
    const gradients = softmaxGradientTerms(rows);
    await conforms(candidate, rows, `${classes} classes`, { gradients });
    const ofImage = (each: ArrayLike<number>) => transposed(each, samples, classes);
    const shape = [1, classes, samples];
    const image = logitsBatch(shape, ofImage(logits), shape, ofImage(labels), { gamma }, { ...options, class_axis: 1 });
    await conforms(candidate, image, `channels first, ${classes} classes`, { gradients: ofImage(gradients) });
  }
});

test('sums of many samples are as precise as in float64', async () => {
  const random = pseudorandom(11);
  const classes = 80;
  const samples = 3001;
  const logits = Float32Array.from({ length: samples * classes }, () => (random.next().value - 0.5) * 20);
  const labels = Array.from({ length: samples }, (_, i) => i % classes);
  const options = { activation: 'softmax', label_smoothing: 0.1, outputs: ['loss', 'per_class'] };
  const batch = logitsBatch([samples, classes], logits, [samples], labels, {}, options);
  const tolerance = TOLERANCES.wasm;
  await conforms({ evaluate: run, tolerance }, batch, 'smoothed');
  // Of the bins, those in the middle have few elements.
  await conforms(
    { evaluate: run, tolerance: ofFewElements(tolerance) },
    { ...batch, outputs: ['difficulty'] },
    'difficulty',
  );
});

test('sums of many equal samples with classes first are precise, also after one that is ignored', async () => {
  const classes = 40;
  const samples = 3000;
  const logits = Float32Array.from({ length: samples * classes }, (_, i) => (Math.floor(i / samples) % 7) / 3);
  const labels = Array.from({ length: samples }, (_, i) => (i === 0 ? -100 : 5));
  const options = { activation: 'softmax', class_axis: 1, label_smoothing: 0.1, outputs: ['loss', 'per_class'] };
  const batch = logitsBatch([1, classes, samples], logits, [1, samples], labels, {}, options);
  await conforms(candidate, batch, 'equal');
});
