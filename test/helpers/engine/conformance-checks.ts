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
import { makeBatch, type NamedBatch } from './layout-batches.ts';
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
  /** Which batches are evaluated, all by default. A GPU in software compiles a program for seconds: there, those of few. */
  readonly runs?: (batch: Batch) => boolean;
  /** @returns the sums of each evaluation, one after another */
  sweep(batch: Parameters<Candidate['evaluate']>[0], hyperParameters: HyperParameterGrid): Promise<Float64Array>;
}

const GAMMAS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 3.7, 5, 10];

/** Of the evaluations of a sweep, a GPU in software repeats one in so many alone. */
const FEW_EVALUATIONS = 5;

/** The batches that are evaluated. */
function* ofThoseThatRun<Named extends NamedBatch>(backend: BackendUnderTest, all: Iterable<Named>): Generator<Named> {
  const { runs = () => true } = backend;
  for (const each of all) if (runs(each.batch)) yield each;
}

/** Where few programs run, those with the sums of squares, which other checks run too. */
function inFewPrograms(batch: Batch, { runs }: BackendUnderTest): Batch {
  return runs ? { ...batch, gradientSquares: true } : batch;
}

/** The checks that every backend must pass; each yields relative errors. */
export const CHECKS: Readonly<Record<string, (backend: BackendUnderTest) => AsyncGenerator<number>>> = {
  async *'60-digit arithmetic'(backend) {
    type Case = { readonly request: Record<string, unknown>; readonly expect: Record<string, Nested> };
    const { cases } = readFixture<{ cases: Case[] }>('golden.json');
    const batches = cases.map(({ request, expect }) => {
      return { name: JSON.stringify(request), batch: inFewPrograms(batchOfRequest(request), backend), expect };
    });
    for (const { batch, expect } of ofThoseThatRun(backend, batches)) {
      await conformsToGolden(backend.evaluate, batch, expect);
      yield 0; // Measured against a float64, some of these are smaller than its error.
    }
  },

  async *'real predictions'(backend) {
    const batches = Object.entries(realBatches()).map(([name, batch]) => {
      return { name, batch: inFewPrograms(batch, backend) };
    });
    for (const { name, batch } of ofThoseThatRun(backend, batches)) {
      yield await conforms(backend, batch, name, ['hessian']);
    }
  },

  async *'extremes under sigmoid'(backend) {
    const logits = LOGITS.filter((x) => x === 0 || Math.abs(x) >= backend.tolerance.smallestLogit);
    const shape = [logits.length];
    for (const gamma of [...GAMMAS, 1e38]) {
      for (const label of [0, 1]) {
        const labels = new Array<number>(logits.length).fill(label);
        const batch = logitsBatch(shape, logits, shape, labels, { gamma, alpha: 0.25 }, { reduction: 'sum' });
        if (!(backend.runs?.(batch) ?? true)) continue;
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
        if (!(backend.runs?.(batch) ?? true)) continue;
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
    for (const { name, batch } of ofThoseThatRun(backend, tiedBatches()))
      yield await conforms(backend, batch, name, ['gradients', 'hessian']);
  },

  async *'extremes of gamma and of float32'(backend) {
    for (const { name, batch } of ofThoseThatRun(backend, extremeBatches(backend.tolerance.smallestLogit))) {
      yield await conforms(backend, batch, name, ['gradients']);
    }
  },

  async *'layouts, labels and options'(backend) {
    for (const { name, batch } of ofThoseThatRun(backend, optionBatches())) {
      yield await conforms(backend, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'the focal family'(backend) {
    for (const { name, batch } of ofThoseThatRun(backend, familyBatches())) {
      yield await conforms(backend, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'extremes of the focal family'(backend) {
    const candidate = { ...backend, tolerance: ofFewElements(backend.tolerance) };
    for (const { name, batch } of ofThoseThatRun(backend, extremeFamilyBatches())) {
      yield await conforms(candidate, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'soft labels and probabilities'(backend) {
    for (const { name, batch, magnitudes } of ofThoseThatRun(backend, softBatches()))
      yield await conforms(backend, batch, name, magnitudes);
  },

  async *'tiny label smoothing, against 60-digit arithmetic'(backend) {
    const { evaluate, sweep, tolerance, runs = () => true } = backend;
    for (const each of tinySmoothing()) {
      const batches = each.expect.map((options) => smoothedBatch(each, options, OUTPUTS_WITHOUT_DIFFICULTY));
      for (const batch of batches.filter(runs)) {
        yield conformsToSmoothed(each, batch, await evaluate(batch), tolerance);
      }
      const swept = { ...batches[0]!, outputs: [] };
      if (!runs(swept)) continue;
      const sums = await sweep(swept, smoothedGrid(each));
      const length = sums.length / batches.length;
      for (const [i, batch] of batches.entries()) {
        yield worstOfSmoothedSums(each, batch, sums.subarray(i * length, (i + 1) * length), tolerance);
      }
    }
  },

  async *difficulty(backend) {
    const candidate = { ...backend, tolerance: ofFewElements(backend.tolerance) };
    for (const { name, batch } of ofThoseThatRun(backend, difficultyBatches())) {
      yield await conforms(candidate, batch, name, ['gradients', 'hessian']);
    }
  },

  async *'sums of many terms'(backend) {
    const { arrays, totals } = backend.tolerance;
    for (const { name, batch, termsDiffer } of ofThoseThatRun(backend, longBatches())) {
      const candidate = { ...backend, tolerance: { ...backend.tolerance, totals: termsDiffer ? totals : arrays } };
      yield await conforms(candidate, batch, name, ['hessian']);
    }
  },

  async *'many hyperparameters in one call, as separate evaluations'(backend) {
    for (const { name, batch, hyperParameters } of ofThoseThatRun(backend, sweptBatches())) {
      const together = await backend.sweep(batch, hyperParameters);
      const { classes } = batch.layout;
      const count = evaluationCount(hyperParameters, classes);
      const length = together.length / count;
      for (let i = 0; i < count; i++) {
        const sums = together.subarray(i * length, (i + 1) * length);
        const alone = { ...batch, ...hyperParametersAt(hyperParameters, classes, i) };
        const isEvaluatedAlone = !hyperParameters.hardLabels && i % (backend.runs ? FEW_EVALUATIONS : 1) === 0;
        if (isEvaluatedAlone) assert.deepEqual(sums, (await backend.evaluate(alone)).sums, name);
        yield await conforms({ ...backend, evaluate: async () => ({ arrays: {}, sums }) }, alone, name);
      }
    }
  },

  async *'invalid predictions that do not count'(backend) {
    const { evaluate } = backend;
    for (const { name, invalid, valid } of ofThoseThatRun(backend, uncountedBatches(['gradients', 'per_class']))) {
      assert.deepEqual(unsigned(await evaluate(invalid)), unsigned(await evaluate(valid)), name);
      yield 0;
    }
  },

  async *'the same bytes again'({ evaluate, runs }) {
    for (const activation of ['sigmoid', 'softmax']) {
      for (const labels of ['index', 'soft'] as const) {
        const samples = runs ? 400 : 4000;
        const batch = asking(makeBatch({ shape: [samples, 40] }, labels, { activation }));
        if (runs?.(batch) === false) continue;
        const first = await evaluate(batch);
        for (let run = 0; run < 2; run++) assert.deepEqual(await evaluate(batch), first);
        yield 0;
      }
    }
  },
};
