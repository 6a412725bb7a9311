import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';
import { conforms, worstOfSums } from '../../../helpers/engine/conformance.ts';
import { softmaxGradientTerms, softmaxSumsOfTerms } from '../../../helpers/engine/soft-softmax-magnitudes.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Poly-1 under softmax with soft labels or smoothing, in float32: with lanes along the classes and along the samples. The terms of
// a gradient may cancel: errors are relative to the terms.

await wasmBackend.start();

const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };
const IGNORE = -100;
const GAMMAS = [0, 0.5, 1, 1.7, 2, 3, 5];
const CLASSES = [3, 17, 25, 80, 130];
const POLYS = [1, 100, -0.2];
const LABELS = [
  ['indices', 0.1],
  ['soft', 0],
  ['ignored', 0],
  ['soft', 0.2],
] as const;
const SPREADS = [
  [1e-3, 'differentiated'],
  [8, 'differentiated'],
  [30, 'detached'],
] as const;

const random = pseudorandom(17);
const next = () => random.next().value;

type Labels = 'indices' | 'soft' | 'ignored';

function rows(samples: number, classes: number, labels: Labels, spread: number) {
  const logits = Float32Array.from({ length: samples * classes }, () => (next() - 0.5) * spread);
  const indices = Array.from({ length: samples }, () => Math.floor(next() * classes));
  const soft = indices.flatMap((index) => {
    const weights = Array.from({ length: classes }, (_, c) => next() ** 8 + Number(c === index));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (labels === 'ignored' && next() < 0.1 ? IGNORE : weight / total));
  });
  return { logits, labels: labels === 'indices' ? indices : soft };
}

async function conformsInSums(batch: Batch, place: string): Promise<void> {
  const [{ sums }, expected] = [await run(batch), referenceEvaluation(batch)];
  worstOfSums(sums, expected.sums, TOLERANCES.wasm.totalsOfFew, place, softmaxSumsOfTerms(batch));
}

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: losses, gradients and sums`, async () => {
    for (const { classes, poly_epsilon, labelling, spreading } of combinations({
      classes: CLASSES,
      poly_epsilon: POLYS,
      labelling: LABELS,
      spreading: SPREADS,
    })) {
      const [labels, label_smoothing] = labelling;
      const [spread, focusing] = spreading;
      const samples = 21;
      const { logits, labels: values } = rows(samples, classes, labels, spread);
      const weights = Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2);
      const alpha = Float64Array.from({ length: classes }, (_, c) => 0.25 + (c % 3) / 4);
      const classWeights = Float64Array.from({ length: classes }, (_, c) => (c % 4) * 0.75);
      const shape = [samples, classes];
      const batch = logitsBatch(
        shape,
        logits,
        labels === 'indices' ? [samples] : shape,
        values,
        {
          gamma,
          alpha: { shape: [classes], values: alpha },
          class_weights: { shape: [classes], values: classWeights },
          sample_weights: { shape: [samples], values: weights },
        },
        {
          activation: 'softmax',
          poly_epsilon,
          focusing,
          label_smoothing,
          outputs: ['loss', 'gradients', 'elementwise'],
        },
      );
      const place = `${classes} classes, epsilon ${poly_epsilon}, ${labels}, ${label_smoothing}, ${focusing}`;
      await conforms(candidate, batch, place, { gradients: softmaxGradientTerms(batch) });
      await conformsInSums({ ...batch, outputs: ['loss', 'per_class'] }, place);
    }
  });
}

test('totals of many elements are as precise as without Poly-1', async () => {
  for (const gamma of [0, 1, 2]) {
    for (const labels of ['indices', 'soft'] as const) {
      const [samples, classes] = [4001, 80];
      const { logits, labels: values } = rows(samples, classes, labels, 12);
      const options = {
        activation: 'softmax',
        poly_epsilon: 1.3,
        label_smoothing: labels === 'indices' ? 0.1 : 0,
        outputs: ['loss', 'per_class'],
      };
      const shape = [samples, classes];
      const batch = logitsBatch(shape, logits, labels === 'indices' ? [samples] : shape, values, { gamma }, options);
      await conforms({ evaluate: run, tolerance: TOLERANCES.wasm }, batch, `gamma ${gamma}, ${labels}`);
    }
  }
});

test('an alpha of 0, whose kappa is infinite', async () => {
  const { logits, labels } = rows(9, 30, 'soft', 8);
  const alpha = { shape: [30], values: Float64Array.from({ length: 30 }, (_, c) => (c % 2) / 4) };
  const options = { activation: 'softmax', poly_epsilon: 1, outputs: ['loss', 'gradients', 'elementwise'] };
  const batch = logitsBatch([9, 30], logits, [9, 30], labels, { alpha }, options);
  await conforms(candidate, batch, 'alpha 0', { gradients: softmaxGradientTerms(batch) });
});
