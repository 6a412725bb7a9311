import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { readSums, SIDES } from '../../../../src/loss/class-sums.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Soft labels with the options of the family, in batches of 4096 elements and more. With one sample, the sums of a class are one
// element's. A gradient has a root, near which its terms cancel: its error is relative to these.

await wasmBackend.start();

const IGNORE = -100;
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'];
const LABELS = [0, 1e-30, 1e-20, 1.1e-16, 1e-12, 1e-6, 1e-4, 0.1, 0.3, 0.49, 0.5, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1];
const ALPHA = 0.3;
const { arrays } = TOLERANCES.wasm;
/** Gradients near their roots have the error of their terms, and a few gradients may all be near them. */
const TOLERANCE = { ...TOLERANCES.wasm, totals: 20 * arrays, nearRoots: 5e-8 };

interface SoftMember {
  readonly gamma: number;
  readonly options: { readonly soft_labels?: string; readonly focusing?: string; readonly label_smoothing?: number };
}

const MEMBERS: readonly SoftMember[] = [
  { gamma: 2, options: { soft_labels: 'varifocal' } },
  { gamma: 0.5, options: { soft_labels: 'varifocal' } },
  { gamma: 1.7, options: { soft_labels: 'varifocal', focusing: 'detached' } },
  { gamma: 4.5, options: { soft_labels: 'varifocal' } },
  { gamma: 1.5, options: { soft_labels: 'matchability' } },
  { gamma: 0.5, options: { soft_labels: 'matchability' } },
  { gamma: 0, options: { soft_labels: 'matchability', focusing: 'detached' } },
  { gamma: 4.5, options: { soft_labels: 'matchability' } },
  { gamma: 1.7, options: { soft_labels: 'matchability' } },
  { gamma: 2, options: { focusing: 'detached' } },
  { gamma: 0.5, options: { focusing: 'detached' } },
  { gamma: 1.7, options: { focusing: 'detached' } },
  { gamma: 2, options: { focusing: 'detached', label_smoothing: 0.1 } },
  { gamma: 2, options: { focusing: 'detached', soft_labels: 'termwise' } },
];

for (const { gamma, options } of MEMBERS) {
  const name = `gamma ${gamma}, ${JSON.stringify(options)}`;

  test(`${name}: all results of every logit and label are float32 roundings of the reference`, async (t) => {
    const each = LOGITS.filter((x, i) => i % 7 === 0 && Math.abs(x) <= 50 / (1 + Math.max(1, gamma)));
    const logits = LABELS.flatMap(() => Array.from(each));
    const labels = LABELS.flatMap((label) => Array.from(each, () => label));
    const shape = [1, logits.length];
    const tensors = { gamma, alpha: ALPHA };
    const batch = logitsBatch(shape, logits, shape, labels, tensors, {
      reduction: 'sum',
      outputs: OUTPUTS,
      ...options,
    });
    const [actual, expected] = [await run(batch), referenceEvaluation(batch)];
    let worst = 0;
    for (const side of SIDES) {
      for (const field of ['loss', 'cross_entropy', 'pt'] as const) {
        const truth = readSums(expected.sums, side, field);
        worst = Math.max(worst, worstOf(readSums(actual.sums, side, field), truth, truth, `${side} ${field}`));
      }
    }
    const { elementwise, gradients } = expected.arrays;
    worst = Math.max(worst, worstOf(actual.arrays.elementwise!, elementwise!, elementwise!, 'elementwise'));
    const terms = logits.map((x, i) => termsOf(Math.fround(x), Math.fround(labels[i]!), gamma, options));
    worst = Math.max(worst, worstOf(actual.arrays.gradients!, gradients!, terms, 'gradient'));
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });

  test(`${name}: any layout, weights and logits, with few labels above 0 and many`, async () => {
    const next = numbers(8);
    for (const { shape, axis = -1 } of [
      { shape: [600, 7] },
      { shape: [61, 80] },
      { shape: [5003, 1] },
      { shape: [2, 3, 701], axis: 1 },
    ]) {
      const [classes, elements] = [shape.at(axis)!, product(shape)];
      const perSample = shape.toSpliced(axis, 1);
      const x = Float32Array.from({ length: elements }, () => (next() - 0.5) * (next() < 0.02 ? 200 : 16));
      for (const share of [0.02, 0.9]) {
        const labels = Array.from(x, () => (next() < 0.1 ? IGNORE : next() < share ? Math.round(next() * 8) / 8 : 0));
        const tensors = {
          gamma,
          alpha: ofClasses(classes, () => 0.1 + 0.8 * next()),
          class_weights: ofClasses(classes, (c) => (c + 1) % 3),
          sample_weights: {
            shape: perSample,
            values: Float64Array.from({ length: product(perSample) }, (_, i) => (i % 3) / 2),
          },
        };
        const batch = logitsBatch(shape, x, shape, labels, tensors, {
          class_axis: axis,
          outputs: OUTPUTS.slice(0, -1),
          ...options,
        });
        await conforms({ evaluate: run, tolerance: TOLERANCE }, batch, `[${shape}], ${share}`, ['gradients']);
      }
    }
  });
}

test('varifocal with a few labels that are tiny: only their neighbours are evaluated otherwise', async () => {
  const next = numbers(10);
  for (const { shape, axis = -1 } of [{ shape: [600, 7] }, { shape: [61, 80] }, { shape: [2, 3, 701], axis: 1 }]) {
    const [classes, elements] = [shape.at(axis)!, product(shape)];
    const x = Float32Array.from({ length: elements }, () => (next() - 0.5) * 16);
    const labels = Array.from(x, () => (next() < 0.5 ? Math.round(next() * 8) / 8 : 0));
    const isTiny = (i: number) => i % 101 === 0;
    const tiny = labels.map((label, i) => (isTiny(i) ? 1e-24 : label));
    const make = (values: number[]) =>
      logitsBatch(
        shape,
        x,
        shape,
        values,
        { gamma: 2, alpha: ofClasses(classes, () => 0.1 + 0.8 * next()) },
        { class_axis: axis, outputs: OUTPUTS, reduction: 'sum', soft_labels: 'varifocal' },
      );
    const batch = make(tiny);
    await conforms({ evaluate: run, tolerance: TOLERANCE }, batch, `[${shape}]`, ['gradients']);
    const [actual, without] = [await run(batch), await run({ ...batch, labels: make(labels).labels })];
    const [before, after] = [without.arrays.gradients!, actual.arrays.gradients!];
    const changed = after.filter((value, i) => value !== before[i]).length;
    assert.ok(changed <= 4 * Math.ceil(elements / 101), `[${shape}]: ${changed} gradients changed`);
  }
});

test('varifocal with labels that float32 does not hold by all weights', async () => {
  const shape = [64, 80];
  const next = numbers(9);
  const x = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 12);
  const labels = Array.from(x, (_, i) => (i % 5 === 0 ? 1e-38 * next() : 0));
  const tensors = { gamma: 2, class_weights: ofClasses(80, () => 1e12) };
  const options = { outputs: OUTPUTS, soft_labels: 'varifocal' };
  const batch = logitsBatch(shape, x, shape, labels, tensors, options);
  await conforms({ evaluate: run, tolerance: TOLERANCE }, batch, 'tiny labels');
});

function worstOf(actual: ArrayLike<number>, truth: ArrayLike<number>, terms: ArrayLike<number>, name: string): number {
  let worst = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = Math.abs(actual[i]! - truth[i]!);
    if (Math.abs(truth[i]!) < 1.2e-38 && error < 1.2e-38) continue;
    const relative = error / Math.max(Math.abs(truth[i]!), Math.abs(terms[i]!));
    assert.ok(relative <= arrays, `${name} ${i}: ${actual[i]} where ${truth[i]} is right`);
    worst = Math.max(worst, relative);
  }
  return worst;
}

/** Σ |terms| of the gradient of a label between 0 and 1: of σ(x) − y, by what is multiplied by it. */
function termsOf(x: number, label: number, gamma: number, options: SoftMember['options']): number {
  const { soft_labels: form = 'interpolated', label_smoothing: smoothing = 0 } = options;
  const y = label * (1 - smoothing) + smoothing / 2;
  if (label === 0 && smoothing === 0) return 0;
  const p = 1 / (1 + Math.exp(-x));
  const smaller = Math.min(p, 1 - p);
  const target = form === 'matchability' ? y ** gamma : y;
  const distance = x < 0 ? target : 1 - target;
  const terms = smaller + distance;
  if (form === 'varifocal') return y * terms;
  if (form === 'matchability') return terms;
  const alpha = ALPHA * y + (1 - ALPHA) * (1 - y);
  return alpha * (y * (1 - p) + (1 - y) * p) ** gamma * terms;
}

function ofClasses(classes: number, value: (c: number) => number) {
  return { shape: [classes], values: Float64Array.from({ length: classes }, (_, c) => value(c)) };
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
