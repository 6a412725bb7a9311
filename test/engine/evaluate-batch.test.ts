import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getKernel, memory } from '@tensorflow/tfjs-core';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch } from '../../src/engine/evaluate-batch.ts';
import { KERNEL_NAMES } from '../../src/engine/kernel.ts';
import { selfTest } from '../../src/engine/self-test.ts';
import { selfTestCases } from '../../src/engine/self-test-cases.ts';
import { InvalidPredictionsError } from '../../src/engine/upload-batch.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { logitsBatch, run } from '../helpers/engine/batches.ts';

await wasmBackend.start();

function batch(outputs: string[]) {
  return prepareBatch(optionsSchema.parse({ outputs }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [3, 2], values: Float32Array.of(1, -1, 20, -20, 0, 0.5) },
    labels: { shape: [3], values: Float64Array.of(1, 0, -100) },
    sample_weights: { shape: [3], values: Float32Array.of(1, 2, 3) },
  });
}

test('the kernels are registered with tfjs', () => {
  for (const name of Object.values(KERNEL_NAMES)) assert.ok(getKernel(name, 'wasm'));
});

test('no tensor is left behind, whether a batch succeeds or fails', async () => {
  await run(batch(['loss']));
  const before = memory().numTensors;
  for (const outputs of [['loss'], ['gradients', 'elementwise', 'hessian', 'per_class'], []]) await run(batch(outputs));
  const malformed = { ...batch(['loss']), layout: { outer: 7, classes: 2, inner: 1 } };
  await assert.rejects(run(malformed));
  assert.equal(memory().numTensors, before);
});

test('only the requested arrays are computed', async () => {
  const { arrays } = await run(batch(['hessian', 'loss']));
  assert.deepEqual(Object.keys(arrays), ['hessian']);
});

test('the same batch gives the same bytes', async () => {
  const outputs = ['loss', 'gradients', 'elementwise', 'hessian'];
  assert.deepEqual(await run(batch(outputs)), await run(batch(outputs)));
});

test('the self-test fails if values are wrong, missing or NaN', async () => {
  await selfTest(selfTestCases(), run);
  for (const [fault, expected] of [
    [(x: number, i: number) => (i === 3 ? x * 1.001 : x), /got 0.00/],
    [(x: number, i: number) => (i === 0 ? Number.NaN : x), /got NaN/],
    [(x: number) => (x === 0 ? 1e-7 : x), /got Infinity/],
  ] as const) {
    const evaluateWrongly = async (given: Batch) => {
      const evaluation = await run(given);
      return { ...evaluation, sums: evaluation.sums.map(fault) };
    };
    await assert.rejects(selfTest(selfTestCases(), evaluateWrongly), expected);
  }
  const omitArrays = async (given: Batch) => ({ ...(await run(given)), arrays: {} });
  await assert.rejects(selfTest(selfTestCases(), omitArrays), /got Infinity/);
});

for (const [option, without] of Object.entries({
  'gamma per side': ({ gamma }) => ({ gamma: { positive: gamma.positive, negative: gamma.positive } }),
  margin: () => ({ margin: 0 }),
  poly_epsilon: () => ({ polyEpsilon: 0 }),
  'element weights': () => ({ elementWeights: undefined! }),
  varifocal: ({ softLabels }) => (softLabels === 'varifocal' ? { softLabels: 'interpolated' } : {}),
  matchability: ({ softLabels }) => (softLabels === 'matchability' ? { softLabels: 'varifocal' } : {}),
  'detached focusing': ({ detached }) => ({ detached: { ...detached, gradient: false } }),
  'the detached Hessian': ({ detached }) => ({ detached: { ...detached, hessian: detached.gradient } }),
} satisfies Record<string, (batch: Batch) => Partial<Batch>>)) {
  test(`the self-test fails on a backend without ${option}`, async () => {
    await assert.rejects(
      selfTest(selfTestCases(), (given) => run({ ...given, ...without(given) })),
      /^Error: self-test "[^"]*": expected a relative error/,
    );
  });
}

test('a logit that is not finite is found at any position', async () => {
  for (const length of [1, 3, 4, 8, 11, 40]) {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let at = 0; at < length; at++) {
        const logits = new Float32Array(length).fill(3e38);
        logits[at] = value;
        const batch = logitsBatch([length], logits, [length], new Float32Array(length), {}, { outputs: ['loss'] });
        await assert.rejects(
          evaluateBatch(batch, wasmBackend),
          InvalidPredictionsError,
          `${value} at ${at} of ${length}`,
        );
      }
    }
  }
});
