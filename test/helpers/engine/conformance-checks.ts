import assert from 'node:assert/strict';
import type { Batch } from '../../../src/loss/batch.ts';
import { evaluationCount, type HyperParameterGrid, hyperParametersAt } from '../../../src/loss/hyper-parameters.ts';
import { LOGITS } from './accuracy.ts';
import { logitsBatch, OUTPUTS_WITHOUT_DIFFICULTY } from './batches.ts';
import { type Candidate, conforms, conformsToGolden } from './conformance.ts';
import {
  extremeBatches,
  longBatches,
  optionBatches,
  softBatches,
  sweptBatches,
  tiedBatches,
} from './conformance-batches.ts';
import { asking, difficultyBatches } from './difficulty-batches.ts';
import { extremeFamilyBatches, familyBatches } from './family-batches.ts';
import { sigmoidHessianTerms, softmaxHessianTerms, softmaxRows } from './hard-magnitudes.ts';
import { makeBatch } from './layout-batches.ts';
import { batchOfRequest, type Nested, readFixture, realBatches } from './request-batches.ts';
import {
  conformsToSmoothed,
  smoothedBatch,
  smoothedGrid,
  tinySmoothing,
  worstOfSmoothedSums,
} from './tiny-smoothing.ts';
import { ofFewElements } from './tolerance.ts';
import { uncountedBatches, unsigned } from './uncounted-batches.ts';

/** A backend, in the thread in which it would serve. */
export interface BackendUnderTest extends Candidate {
  /** Whether it takes seconds to compile a program: a GPU that is emulated in software. */
  readonly compilesSlowly: boolean;
  /** @returns the sums of each evaluation, one after another */
  sweep(batch: Parameters<Candidate['evaluate']>[0], hyperParameters: HyperParameterGrid): Promise<Float64Array>;
}

const GAMMAS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 3.7, 5, 10];

/** With the sums of squares, a batch shares a program with the checks after it. */
function withSquares(batch: Batch, compilesSlowly: boolean): Batch {
  return compilesSlowly ? { ...batch, gradientSquares: true } : batch;
}

/** The checks that every backend must pass; each yields relative errors. */
export const CHECKS: Readonly<Record<string, (backend: BackendUnderTest) => AsyncGenerator<number>>> = {
  async *'60-digit arithmetic'({ evaluate, compilesSlowly }) {
    type Case = { readonly request: Record<string, unknown>; readonly expect: Record<string, Nested> };
    const { cases } = readFixture<{ cases: Case[] }>('golden.json');
    for (const { request, expect } of cases) {
      await conformsToGolden(evaluate, withSquares(batchOfRequest(request), compilesSlowly), expect);
      yield 0; // Measured against a float64, some of these are smaller than its error.
    }
  },

  async *'real predictions'(backend) {
    for (const [name, batch] of Object.entries(realBatches())) {
      yield await conforms(backend, withSquares(batch, backend.compilesSlowly), name, ['hessian']);
    }
  },

  async *'extremes under sigmoid'(backend) {
    const logits = LOGITS.filter((x) => x === 0 || Math.abs(x) >= backend.tolerance.smallestLogit);
    const shape = [logits.length];
    for (const gamma of [...GAMMAS, 1e38]) {
      for (const label of [0, 1]) {
        const labels = new Array<number>(logits.length).fill(label);
        const batch = logitsBatch(shape, logits, shape, labels, { gamma, alpha: 0.25 }, { reduction: 'sum' });
        const hessian = Float64Array.from(logits, (x) => sigmoidHessianTerms(x, label, gamma));
        yield await conforms(backend, batch, `gamma ${gamma}, label ${label}`, { hessian });
      }
    }
  },

  async *'extremes under softmax'(backend) {
    for (const gamma of GAMMAS) {
      for (const classes of [2, 3, 8, 33]) {
        const { logits, labels } = softmaxRows(classes);
        const options = { activation: 'softmax', reduction: 'sum' };
        const batch = logitsBatch([labels.length, classes], logits, [labels.length], labels, { gamma }, options);
        const hessian = new Float64Array(logits.length);
        for (const [row, label] of labels.entries()) {
          const terms = softmaxHessianTerms(logits.subarray(row * classes, (row + 1) * classes), label, gamma);
          hessian.set(terms, row * classes);
        }
        yield await conforms(backend, batch, `gamma ${gamma}, ${classes} classes`, { hessian });
      }
    }
  },

  async *'ties under softmax'(backend) {
    for (const { name, batch } of tiedBatches()) yield await conforms(backend, batch, name, ['gradients', 'hessian']);
  },

  async *'extremes of gamma and of float32'(backend) {
    for (const { name, batch } of extremeBatches(backend.tolerance.smallestLogit)) {
      yield await conforms(backend, batch, name, ['gradients']);
    }
  },

  async *'layouts, labels and options'(backend) {
    for (const { name, batch } of optionBatches(backend.compilesSlowly)) {
      yield await conforms(backend, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'the focal family'(backend) {
    for (const { name, batch } of familyBatches(backend.compilesSlowly)) {
      yield await conforms(backend, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'extremes of the focal family'(backend) {
    const candidate = { ...backend, tolerance: ofFewElements(backend.tolerance) };
    for (const { name, batch } of extremeFamilyBatches(backend.compilesSlowly)) {
      yield await conforms(candidate, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'soft labels and probabilities'(backend) {
    for (const { name, batch, magnitudes } of softBatches()) yield await conforms(backend, batch, name, magnitudes);
  },

  async *'tiny label smoothing, against 60-digit arithmetic'({ evaluate, sweep, compilesSlowly, tolerance }) {
    for (const each of tinySmoothing()) {
      if (compilesSlowly && !each.request.logits) continue;
      const batches = each.expect.map((options) => smoothedBatch(each, options, OUTPUTS_WITHOUT_DIFFICULTY));
      for (const batch of batches) yield conformsToSmoothed(each, batch, await evaluate(batch), tolerance);
      if (compilesSlowly) continue;
      const swept = { ...batches[0]!, outputs: [] };
      const sums = await sweep(swept, smoothedGrid(each));
      const length = sums.length / batches.length;
      for (const [i, batch] of batches.entries()) {
        yield worstOfSmoothedSums(each, batch, sums.subarray(i * length, (i + 1) * length), tolerance);
      }
    }
  },

  async *difficulty(backend) {
    const candidate = { ...backend, tolerance: ofFewElements(backend.tolerance) };
    for (const { name, batch } of difficultyBatches()) {
      yield await conforms(candidate, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'sums of many terms'(backend) {
    const { arrays, totals } = backend.tolerance;
    for (const { name, batch, termsDiffer } of longBatches()) {
      const candidate = { ...backend, tolerance: { ...backend.tolerance, totals: termsDiffer ? totals : arrays } };
      yield await conforms(candidate, batch, name, ['hessian']);
    }
  },

  async *'many hyperparameters in one call, as separate evaluations'(backend) {
    for (const { name, batch, hyperParameters } of sweptBatches()) {
      const together = await backend.sweep(batch, hyperParameters);
      const { classes } = batch.layout;
      const count = evaluationCount(hyperParameters, classes);
      const length = together.length / count;
      for (let i = 0; i < count; i++) {
        const sums = together.subarray(i * length, (i + 1) * length);
        const alone = { ...batch, ...hyperParametersAt(hyperParameters, classes, i) };
        if (!hyperParameters.hardLabels) assert.deepEqual(sums, (await backend.evaluate(alone)).sums, name);
        yield await conforms({ ...backend, evaluate: async () => ({ arrays: {}, sums }) }, alone, name);
      }
    }
  },

  async *'invalid predictions that do not count'({ evaluate, compilesSlowly }) {
    for (const { name, invalid, valid } of uncountedBatches(['gradients', 'per_class'], compilesSlowly)) {
      assert.deepEqual(unsigned(await evaluate(invalid)), unsigned(await evaluate(valid)), name);
      yield 0;
    }
  },

  async *'the same bytes again'({ evaluate }) {
    for (const activation of ['sigmoid', 'softmax']) {
      for (const labels of ['index', 'soft'] as const) {
        const batch = asking(makeBatch({ shape: [4000, 40] }, labels, { activation }));
        const first = await evaluate(batch);
        for (let run = 0; run < 2; run++) assert.deepEqual(await evaluate(batch), first);
        yield 0;
      }
    }
  },
};
