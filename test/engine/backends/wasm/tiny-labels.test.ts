import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateInto } from '../../../../src/engine/evaluate-batch.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { SUM_FIELDS } from '../../../../src/loss/class-sums.ts';
import { logitsBatch, referenceEvaluation, run, SMALLEST_NORMAL } from '../../../helpers/engine/batches.ts';
import { gradientTerms } from '../../../helpers/engine/gradient-terms.ts';
import { IGNORE } from '../../../helpers/engine/layout-batches.ts';
import { assertMatchesReference } from '../../../helpers/engine/reference-backend.ts';

await wasmBackend.start();

/** From the smallest float64, of which a half is 0, to numbers whose inverse float32 does not hold, and one that it does. */
const TINY = [5e-324, 1e-323, 1e-310, 1e-200, 1e-60, 1e-45, 1e-38, 1e-21, 1e-9];
/** Fewer and more than the vectors of each kernel need. */
const CLASSES = [2, 17, 33, 70];
const ROWS = 9;

const logitsOf = (count: number) => Array.from({ length: count }, (_, i) => 4 * Math.sin(i * 1.7));
const weightsOf = (weight: (row: number) => number) => ({
  sample_weights: { shape: [ROWS], values: Float64Array.from({ length: ROWS }, (_, row) => weight(row)) },
});

/** Class indices, one-hot labels, soft ones, and soft ones of which many are tiny. */
function labelsOf(classes: number) {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const dense = (label: (row: number, c: number) => number) =>
    rows.flatMap((row) => Array.from({ length: classes }, (_, c) => label(row, c)));
  return {
    indices: rows.map((row) => (row === 4 ? IGNORE : (row * 7) % classes)),
    'one-hot': dense((row, c) => Number(c === (row * 7) % classes)),
    soft: dense((row, c) => (c === row % classes ? 0.6 : 0.4 / (classes - 1))),
    tiny: dense((row, c) => (c === row % classes ? 1 : [0, 1e-45, 1e-323, 1e-40, 1e-30][c % 5]!)),
  };
}

for (const activation of ['softmax', 'sigmoid'] as const) {
  for (const [weights, options] of Object.entries({
    'weight 0': { weights: () => 0, normalizer: 'weights' },
    'some of weight 0': { weights: (row: number) => row % 3, normalizer: 'weights' },
    'the smallest normalizer': { weights: (row: number) => (row % 3) * 1e-20, normalizer: SMALLEST_NORMAL },
  })) {
    test(`${activation}, ${weights}: smoothing may be as small as any number`, async () => {
      for (const classes of CLASSES) {
        for (const [kind, labels] of Object.entries(labelsOf(classes))) {
          for (const label_smoothing of [0, ...TINY]) {
            for (const gamma of [0, 0.3, 2]) {
              const labelShape = kind === 'indices' ? [ROWS] : [ROWS, classes];
              const tensors = { gamma, ...weightsOf(options.weights) };
              const batch = logitsBatch([ROWS, classes], logitsOf(ROWS * classes), labelShape, labels, tensors, {
                activation,
                label_smoothing,
                normalizer: options.normalizer,
                outputs: ['loss', 'gradients', 'per_class', 'elementwise'],
              });
              const name = `${classes} classes, ${kind}, smoothing ${label_smoothing}, gamma ${gamma}`;
              await matches({ ...batch, gradientSquares: true }, name);
            }
          }
        }
      }
    });
  }
}

test('alpha and class weights may be, too', async () => {
  for (const classes of CLASSES) {
    const labels = labelsOf(classes).soft;
    for (const alpha of TINY) {
      const tensors = { gamma: 5, alpha, ...weightsOf(() => 0) };
      const outputs = ['loss', 'gradients', 'per_class', 'elementwise'];
      const options = { activation: 'softmax', normalizer: 'weights', outputs };
      const batch = logitsBatch([ROWS, classes], logitsOf(ROWS * classes), [ROWS, classes], labels, tensors, options);
      await matches(batch, `${classes} classes, alpha ${alpha}`);
    }
  }
});

/** Every output; NaN is far from everything. */
async function matches(batch: Batch, name: string): Promise<void> {
  const actual = await run(batch);
  const expected = referenceEvaluation(batch);
  assert.ok(actual.sums.every(Number.isFinite), `${name}: sums`);
  const ofGradients = batch.denominator > 0 ? gradientTerms(batch) : undefined;
  for (const [output, values] of Object.entries(actual.arrays)) {
    const truth = expected.arrays[output as 'gradients']!;
    const magnitudes = (output === 'gradients' && ofGradients) || truth;
    for (const [i, value] of values.entries()) {
      const allowed = 5e-7 * Math.max(Math.abs(truth[i]!), Math.abs(magnitudes[i]!)) + SMALLEST_NORMAL;
      assert.ok(Math.abs(value - truth[i]!) <= allowed, `${name}: ${output}[${i}] is ${value}, not ${truth[i]}`);
    }
  }
}

/** p of the more improbable side of a logit that is as far from 0 as e^−|x| is exact, in the kernels. */
async function smallestProbability(): Promise<number> {
  const batch = logitsBatch([1], [-1000], [1], [1], {}, { outputs: ['per_class'] });
  return (await run(batch)).sums[SUM_FIELDS.indexOf('pt')]!;
}

test('quality: a label may be as near to p as any number, but not at it', async () => {
  const p = await smallestProbability();
  assert.ok(p > 0 && p < 1e-300);
  for (let ulps = -3; ulps <= 3; ulps++) {
    const label_smoothing = 2 * (p + ulps * 5e-324);
    for (const gamma of [1, 1.5, 2, 2.7]) {
      const options = { soft_labels: 'quality', label_smoothing };
      const name = `gamma ${gamma}, ${ulps} units from the root`;
      for (const outputs of [['per_class', 'elementwise', 'gradients', 'hessian'], ['per_class']]) {
        const batch = logitsBatch([1], [-1000], [1], [0], { gamma }, { ...options, outputs });
        await assertMatchesReference(batch, name);
        const sweep = { ...batch, outputs: ['per_class'] as const, gradientSquares: true };
        const hyperParameters = [{ gamma: batch.gamma, alpha: batch.alpha }];
        const { partSums } = await evaluateInto(sweep, {}, wasmBackend, { hyperParameters });
        assert.ok(partSums.every(Number.isFinite), `${name}, swept`);
      }
    }
  }
});

test('alpha of 1: a loss is as small as its label, whatever it is multiplied by', async () => {
  const samples = 2 ** 13;
  const logits = Float32Array.from({ length: samples }, (_, i) => 80 * (i / samples - 0.5));
  const shape = [samples];
  for (const tiny of TINY) {
    const labels = logits.map((_, i) => (i % 2 ? tiny * (1 + i / samples) : 0));
    for (const weight of [1, 1e9]) {
      for (const gamma of [0, 1, 2, 2.3, 5]) {
        const weights = { shape, values: new Float64Array(samples).fill(weight) };
        const tensors = { gamma, alpha: 1, sample_weights: weights };
        const outputs = ['gradients', 'elementwise'];
        const batch = logitsBatch(shape, logits, shape, labels, tensors, { reduction: 'sum', outputs });
        await matches(batch, `labels from ${tiny}, weight ${weight}, gamma ${gamma}`);
      }
    }
  }
});
