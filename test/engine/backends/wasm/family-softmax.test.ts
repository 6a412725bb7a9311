import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { combinations } from '../../../harness/combinations.ts';
import { logitsBatch, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { hostileRows } from '../../../helpers/engine/hostile-rows.ts';
import { softmaxGradientTerms } from '../../../helpers/engine/soft-softmax-magnitudes.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Poly-1 and detached factors under softmax. Sums of few elements have the error of a single element.

await wasmBackend.start();

const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };

const MEMBERS = {
  'focusing detached': { focusing: 'detached' },
  'hessian_form detached': { hessian_form: 'detached' },
  'poly_epsilon 1': { poly_epsilon: 1 },
  'poly_epsilon -0.5': { poly_epsilon: -0.5 },
  'poly_epsilon 2, focusing detached': { poly_epsilon: 2, focusing: 'detached' },
};
const GAMMAS = [0, 0.5, 1, 1.7, 2, 3, 5, 10];
const CLASSES = [2, 3, 5, 17, 30, 80, 1000];
const GAPS = [0, 1e-7, 1e-3, 0.35, 3, 17, 60, 88, 1e3, 1e4];
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'];

const options = { activation: 'softmax', reduction: 'sum', outputs: OUTPUTS };

for (const [name, member] of Object.entries(MEMBERS)) {
  test(`${name}: hostile logits with hard labels, and with smoothed ones`, async () => {
    for (const { gamma, classes, gap } of combinations({ gamma: GAMMAS, classes: CLASSES, gap: GAPS })) {
      const { logits, labels } = hostileRows(classes, gap);
      const make = (more: object) =>
        logitsBatch(
          [labels.length, classes],
          logits,
          [labels.length],
          labels,
          { gamma },
          { ...options, ...member, ...more },
        );
      const place = `gamma ${gamma}, ${classes} classes, gap ${gap}`;
      await conforms(candidate, make({}), place);
      const smoothed = make({ label_smoothing: 0.1, outputs: ['loss', 'gradients', 'elementwise'] });
      await conforms(candidate, smoothed, `${place}, smoothed`, { gradients: softmaxGradientTerms(smoothed) });
    }
  });

  test(`${name}: with the Hessian, weights, channels first, difficulty`, async () => {
    for (const gamma of [0, 1.7, 2]) {
      const { logits, labels } = hostileRows(6, 3);
      const positions = { activation: 'softmax', class_axis: 1, ...member };
      const weights = { values: Float64Array.from(labels, (_, i) => (i % 3) / 2), shape: [labels.length / 6, 6] };
      const classWeights = { values: Float64Array.of(1, 2, 0.5, 3, 1, 4), shape: [6] };
      const make = (outputs: readonly string[]): Batch =>
        logitsBatch(
          [labels.length / 6, 6, 6],
          logits,
          [labels.length / 6, 6],
          labels,
          { gamma, sample_weights: weights, class_weights: classWeights },
          { ...positions, outputs },
        );
      await conforms(candidate, make([...OUTPUTS, 'hessian']), `gamma ${gamma}, Hessian`, ['hessian']);
      await conforms(candidate, make([...OUTPUTS, 'difficulty']), `gamma ${gamma}, difficulty`);
    }
  });
}

test('Poly-1 of fewer samples than are evaluated together, whatever was in memory before', async () => {
  for (const classes of [79, 80, 81, 130]) {
    for (const samples of [1, 2, 3, 5]) {
      const logits = Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i) * 4);
      for (const outputs of [['loss'], ['loss', 'gradients'], OUTPUTS]) {
        const more = { ...options, outputs, poly_epsilon: 1 };
        const labels = logits.map((_, i) => (i % classes === 1 ? 1 : 0));
        await conforms(
          candidate,
          logitsBatch([samples, classes], logits, [samples, classes], labels, {}, more),
          'one-hot',
        );
        const indices = new Array(samples).fill(classes - 1);
        await conforms(candidate, logitsBatch([samples, classes], logits, [samples], indices, {}, more), 'indices');
      }
    }
  }
});

test('a detached Hessian is never negative', async () => {
  const { logits, labels } = hostileRows(5, 3);
  const detached = { activation: 'softmax', hessian_form: 'detached', outputs: ['hessian'] };
  const batch = logitsBatch([labels.length, 5], logits, [labels.length], labels, {}, detached);
  const { arrays } = await run(batch);
  assert.ok(arrays.hessian!.every((value) => value >= 0));
  const { arrays: exact } = await run({ ...batch, detached: { gradient: false, hessian: false } });
  assert.ok(exact.hessian!.some((value) => value < 0));
});
