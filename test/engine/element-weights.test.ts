import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '@tensorflow/tfjs-core';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch, evaluateInto } from '../../src/engine/evaluate-batch.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { hyperParametersAt } from '../../src/loss/hyper-parameters.ts';
import { firstElement, sampleCount } from '../../src/loss/tensor.ts';
import { referenceEvaluation, run } from '../helpers/engine/batches.ts';
import { conforms, conformsToGolden, worstError } from '../helpers/engine/conformance.ts';
import { asProbabilities, makeBatch, perClass, perElement, SHAPES } from '../helpers/engine/layout-batches.ts';
import { assertMatchesReference } from '../helpers/engine/reference-backend.ts';
import { batchOfRequest, readFixture } from '../helpers/engine/request-batches.ts';
import type { GoldenCase } from '../helpers/engine/tiled-golden.ts';
import { TOLERANCES } from '../helpers/engine/tolerance.ts';

await wasmBackend.start();

const { cases } = readFixture<{ readonly cases: readonly GoldenCase[] }>('golden-element-weights.json');

for (const { name, request, expect } of cases) {
  test(`60-digit arithmetic: ${name}`, async () => {
    await conformsToGolden(run, batchOfRequest(request), expect);
    await conformsToGolden(async (batch) => referenceEvaluation(batch) as never, batchOfRequest(request), expect);
  });
}

const KINDS = ['index', 'dense', 'soft'] as const;

for (const labels of KINDS) {
  test(`${labels}: right in every layout, tile and form`, async () => {
    const before = memory().numTensors;
    for (const layout of SHAPES) {
      for (const label_smoothing of [0, 0.1]) {
        const batch = makeBatch(layout, labels, { label_smoothing }, perElement(layout));
        await assertMatchesReference(batch, `[${layout.shape}]`, ['gradients', 'hessian']);
        await assertMatchesReference(asProbabilities(batch), `[${layout.shape}], probabilities`, [
          'gradients',
          'hessian',
        ]);
      }
      for (const elements of [1, 31]) {
        const backend = { ...wasmBackend, tileSize: { parts: 2, elements } };
        const candidate = { evaluate: (batch: Batch) => evaluateBatch(batch, backend), tolerance: TOLERANCES.wasm };
        const batch = makeBatch(layout, labels, {}, perElement(layout));
        await conforms(candidate, batch, `[${layout.shape}] by ${elements}`, ['gradients', 'hessian']);
      }
    }
    assert.equal(memory().numTensors, before);
  });
}

test('both weights multiply an element, and the sums and bins it is added to', async () => {
  for (const layout of [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }]) {
    const options = { outputs: ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'] };
    for (const soft_labels of ['interpolated', 'termwise', 'quality', 'varifocal']) {
      const tensors = { ...perClass(layout), ...perElement(layout) };
      const batch = makeBatch(
        layout,
        'soft',
        { ...options, soft_labels, normalizer: 'weights' },
        { ...tensors, gamma: 2 },
      );
      await assertMatchesReference(batch, `${soft_labels}, [${layout.shape}]`, ['gradients', 'hessian']);
    }
  }
});

test('weights that are the same for all classes of a sample are sample weights', async () => {
  for (const layout of [{ shape: [900, 5] }, { shape: [3, 5, 301], axis: 1 }]) {
    for (const labels of KINDS) {
      const options = { normalizer: 7, outputs: ['loss', 'gradients', 'per_class', 'elementwise'] };
      const bySample = makeBatch(layout, labels, options, { ...perClass(layout), gamma: 2 });
      const { sampleWeights, maxSampleWeight, ...rest } = bySample;
      const elementWeights = new Float32Array((bySample.predictions as Float32Array).length);
      for (let sample = 0; sample < sampleCount(rest.layout); sample++) {
        const first = firstElement(rest.layout, sample);
        for (let c = 0; c < 5; c++) elementWeights[first + c * rest.layout.inner] = sampleWeights![sample]!;
      }
      const byElement = { ...rest, elementWeights, maxElementWeight: maxSampleWeight! };
      const [expected, actual] = [await run(bySample), await run(byElement)];
      // The terms of a soft label's gradient may cancel.
      for (const output of labels === 'soft' ? (['elementwise'] as const) : (['gradients', 'elementwise'] as const)) {
        worstError(actual.arrays[output]!, expected.arrays[output]!, 1e-6, `${labels}, ${output}`);
      }
      worstError(actual.sums, expected.sums, 1e-7, labels);
    }
  }
});

test('a sweep has the sums that its evaluations have one by one', async () => {
  for (const layout of [{ shape: [1200, 7] }, { shape: [4, 7, 301], axis: 1 }, { shape: [9000, 1] }]) {
    for (const labels of KINDS) {
      const classes = layout.shape[1]!;
      const tensors = { ...perElement(layout), sample_weights: undefined };
      const batch = { ...makeBatch(layout, labels, { outputs: [] }, tensors), gradientSquares: true };
      const alphas = Float64Array.from({ length: 4 * classes }, (_, i) => 0.1 + (i % 5) / 4);
      const grid = { gammas: Float64Array.of(0, 1.3, 2), alphas, hardLabels: labels !== 'soft' };
      const hyperParameters = Array.from({ length: 6 }, (_, i) => hyperParametersAt(grid, classes, i));
      const options = { hyperParameters, hardLabels: grid.hardLabels };
      const { partSums } = await evaluateInto(batch, {}, wasmBackend, options);
      const size = partSums.length / hyperParameters.length;
      for (const [i, each] of hyperParameters.entries()) {
        const alone = await evaluateInto({ ...batch, ...each }, {}, wasmBackend);
        const swept = partSums.subarray(i * size, (i + 1) * size);
        worstError(swept, alone.partSums, TOLERANCES.wasm.arrays, `${labels}, [${layout.shape}], ${i}`);
      }
    }
  }
});
