import assert from 'node:assert/strict';
import { sweepLabels } from '../../../src/engine/backends/wasm/sweep-labels.ts';
import { wasmBackend } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import { startEngine } from '../../../src/engine/engine-pool.ts';
import { evaluateInto } from '../../../src/engine/evaluate-batch.ts';
import { addParts, type SweepLabels } from '../../../src/engine/kernel.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { type HyperParameters, hyperParametersAt } from '../../../src/loss/hyper-parameters.ts';
import { product } from '../../../src/loss/tensor.ts';
import { pseudorandom, referenceEvaluation } from './batches.ts';
import { conforms, worstOfSums } from './conformance.ts';
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
  const swept = { ...batch, gradientSquares: true };
  const { classes } = batch.layout;
  const grid = gridOf(gammas, classes, hardLabels, alphas);
  const hyperParameters: HyperParameters[] = Array.from({ length: gammas.length * alphas }, (_, i) =>
    hyperParametersAt(grid, classes, i),
  );
  assert.ok(hyperParameters.every((each) => sweepLabels(swept, each, hardLabels) === kernel));
  const { partSums } = await evaluateInto(swept, {}, wasmBackend, { hyperParameters, hardLabels });
  const size = partSums.length / hyperParameters.length;
  for (const [i, each] of hyperParameters.entries()) {
    const sums = addParts(partSums.subarray(i * size, (i + 1) * size), swept);
    const evaluated = { ...swept, ...each };
    const ofEvaluation = `${name}, gamma ${each.gamma.positive[0]}`;
    if (magnitudes) {
      const expected = referenceEvaluation(evaluated).sums;
      worstOfSums(sums, expected, tolerance.totals, ofEvaluation, magnitudes(evaluated));
    } else {
      const evaluate = async () => ({ arrays: {}, sums });
      await conforms({ evaluate, tolerance }, evaluated, ofEvaluation);
    }
  }
}

/** The sums of a sweep that so many threads evaluate. */
export async function sumsOfSweep(
  threads: number,
  batch: Batch,
  gammas: readonly number[],
  hardLabels: boolean,
): Promise<Float64Array> {
  const engine = startEngine({ engine: 'wasm', threads, queueLimit: 8 });
  await engine.ready;
  const hyperParameters = gridOf(gammas, batch.layout.classes, hardLabels, 1);
  const { sums } = await engine.evaluate({ ...batch, gradientSquares: true }, { hyperParameters });
  await engine.close();
  return sums;
}

function gridOf(gammas: readonly number[], classes: number, hardLabels: boolean, alphas: number) {
  const weights = Float64Array.from({ length: 2 * classes * alphas }, (_, i) => 0.1 + (i % 5) / 4);
  return { gammas: Float64Array.from(gammas), alphas: weights, hardLabels };
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
