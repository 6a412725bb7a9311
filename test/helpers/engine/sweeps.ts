import assert from 'node:assert/strict';
import { sweepLabels } from '../../../src/engine/backends/wasm/sweep-labels.ts';
import { wasmBackend } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateInto } from '../../../src/engine/evaluate-batch.ts';
import { addParts, type SweepLabels } from '../../../src/engine/kernel.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { type HyperParameters, hyperParametersAt } from '../../../src/loss/hyper-parameters.ts';
import { product } from '../../../src/loss/tensor.ts';
import { pseudorandom, referenceEvaluation } from './batches.ts';
import { conforms, worstOfSums } from './conformance.ts';
import { startTestEngine } from './start-test-engine.ts';
import type { Tolerance } from './tolerance.ts';

export interface SweepExpectations {
  readonly tolerance: Tolerance;
  /** Whether the caller says that each label is 0, 1 or ignored. */
  readonly hardLabels: boolean;
  /** The sweep kernel that has to serve all evaluations. */
  readonly kernel: SweepLabels;
  /** Of evaluations per γ; by default 1. */
  readonly alphas?: number;
  /** Of the sums of an evaluation whose terms cancel. */
  readonly magnitudes?: (batch: Batch) => Float64Array;
}

/** Compares the sums of every γ, with α for each class and side, to the reference. */
export async function sweepConforms(
  batch: Batch,
  gammas: readonly number[],
  { tolerance, hardLabels, kernel, alphas = 1, magnitudes }: SweepExpectations,
  name: string,
): Promise<void> {
  for (const { evaluated, sums, kernel: served } of await evaluateSweep(batch, gammas, { hardLabels, alphas })) {
    assert.equal(served, kernel);
    const ofEvaluation = `${name}, gamma ${evaluated.gamma.positive[0]}`;
    if (magnitudes) {
      const expected = referenceEvaluation(evaluated).sums;
      worstOfSums(sums, expected, tolerance.totals, ofEvaluation, magnitudes(evaluated));
    } else {
      const evaluate = async () => ({ arrays: {}, sums });
      await conforms({ evaluate, tolerance }, evaluated, ofEvaluation);
    }
  }
}

/** The sums of every evaluation of a sweep on the embedded backend, the batch of each, and the kernel that serves it. */
export async function evaluateSweep(
  batch: Batch,
  gammas: readonly number[],
  { hardLabels, alphas = 1, alphaAt = variedAlpha }: SweepGrid,
) {
  const swept = { ...batch, gradientSquares: true };
  const { classes } = batch.layout;
  const grid = gridOf(gammas, classes, { hardLabels, alphas, alphaAt });
  const hyperParameters: HyperParameters[] = Array.from({ length: gammas.length * alphas }, (_, i) =>
    hyperParametersAt(grid, classes, i),
  );
  const { partSums } = await evaluateInto(swept, {}, wasmBackend, { hyperParameters, hardLabels });
  const size = partSums.length / hyperParameters.length;
  return hyperParameters.map((each, i) => ({
    evaluated: { ...swept, ...each },
    sums: addParts(partSums.subarray(i * size, (i + 1) * size), swept),
    kernel: sweepLabels(swept, each, hardLabels),
  }));
}

/** The sums of a sweep that so many threads evaluate. */
export async function sumsOfSweep(
  threads: number,
  batch: Batch,
  gammas: readonly number[],
  hardLabels: boolean,
): Promise<Float64Array> {
  const engine = startTestEngine({ engine: 'wasm', threads, queueLimit: 8 });
  await engine.ready;
  const hyperParameters = gridOf(gammas, batch.layout.classes, { hardLabels });
  const { sums } = await engine.evaluate({ ...batch, gradientSquares: true }, { hyperParameters });
  await engine.close();
  return sums;
}

interface SweepGrid {
  readonly hardLabels: boolean;
  readonly alphas?: number;
  /** By the index of the α among those of all classes and sides. */
  readonly alphaAt?: (i: number) => number;
}

function gridOf(
  gammas: readonly number[],
  classes: number,
  { hardLabels, alphas = 1, alphaAt = variedAlpha }: SweepGrid,
) {
  const weights = Float64Array.from({ length: 2 * classes * alphas }, (_, i) => alphaAt(i));
  return { gammas: Float64Array.from(gammas), alphas: weights, hardLabels };
}

function variedAlpha(i: number): number {
  return 0.1 + (i % 5) / 4;
}

export function weightsOf(shape: readonly number[]) {
  const values = Float64Array.from({ length: product(shape) }, (_, i) => (i % 4) / 2);
  return { sample_weights: { shape, values } };
}

/** Pseudorandom numbers in [0, 1). */
export function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
