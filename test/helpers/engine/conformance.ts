import assert from 'node:assert/strict';
import type { Batch } from '../../../src/loss/batch.ts';
import { SUM_FIELDS } from '../../../src/loss/class-sums.ts';
import {
  type ArrayOutput,
  type Evaluation,
  requestedArrays,
  type Totals,
  wantsAllSums,
} from '../../../src/loss/evaluation.ts';
import { summarize } from '../../../src/loss/summarize.ts';
import { type Evaluate, referenceEvaluation, SMALLEST_NORMAL } from './batches.ts';
import { flat, type Nested } from './request-batches.ts';
import type { Tolerance } from './tolerance.ts';

/** What is tested, and the errors that are allowed. */
export interface Candidate {
  readonly evaluate: Evaluate;
  readonly tolerance: Tolerance;
}

/** Σ |terms| of outputs whose terms cancel, relative to which their errors are measured. */
export type Magnitudes = { readonly [output in ArrayOutput]?: ArrayLike<number> };

/** Outputs whose terms may cancel and whose `Magnitudes` are unknown. */
type Cancelling = readonly ArrayOutput[];

/**
 * Compares every output of a batch with the float64 reference.
 *
 * @param magnitudes of outputs whose terms may cancel, or the outputs' names; the truth itself for the others
 * @returns the worst relative error
 */
export async function conforms(
  { evaluate, tolerance }: Candidate,
  batch: Batch,
  name: string,
  magnitudes: Magnitudes | Cancelling = [],
): Promise<number> {
  const actual = await evaluate(batch);
  const expected = referenceEvaluation(batch);
  const scales = isCancelling(magnitudes) ? againstLargest(expected, magnitudes, tolerance) : magnitudes;
  const errors = requestedArrays(batch).map((output) => {
    const [got, truth] = [actual.arrays[output]!, expected.arrays[output]!];
    return worstError(got, truth, tolerance.arrays, `${name}: ${output}`, scales[output]);
  });
  const { totals } = tolerance;
  const bins = worstError(actual.bins ?? [], expected.bins ?? [], totals, `${name}: bins`);
  const sums = wantsAllSums(batch) ? worstOfSums(actual.sums, expected.sums, totals, `${name}: sums`) : 0;
  const loss = worstError([lossOf(batch, actual)], [lossOf(batch, expected)], totals, `${name}: loss`);
  return Math.max(bins, sums, loss, ...errors);
}

/**
 * Compares sums of classes. Squares have twice the relative error of what is squared.
 *
 * @param magnitudes of sums whose terms cancel
 */
export function worstOfSums(
  actual: Float64Array,
  expected: Float64Array,
  allowed: number,
  name: string,
  magnitudes: Float64Array = expected,
): number {
  const squares = SUM_FIELDS.indexOf('gradient_squares');
  const only = (sums: Float64Array, areSquares: boolean) =>
    sums.map((sum, i) => ((i % SUM_FIELDS.length === squares) === areSquares ? sum : 0));
  return Math.max(
    worstError(only(actual, false), only(expected, false), allowed, name, magnitudes),
    worstError(only(actual, true), only(expected, true), 2 * allowed, name, magnitudes) / 2,
  );
}

function isCancelling(magnitudes: Magnitudes | Cancelling): magnitudes is Cancelling {
  return Array.isArray(magnitudes);
}

function againstLargest({ arrays }: Evaluation<Float64Array>, outputs: Cancelling, tolerance: Tolerance): Magnitudes {
  const share = tolerance.nearRoots / tolerance.arrays;
  return Object.fromEntries(
    outputs
      .filter((output) => arrays[output])
      .map((output) => {
        const largest = arrays[output]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        return [output, arrays[output]!.map((value) => Math.max(Math.abs(value), share * largest))];
      }),
  );
}

/** Of 60-digit results: theirs are the requests' decimal logits, and every backend gets float32 roundings of them. */
const INPUT_ROUNDING = 2e-6;

/** Compares with 60-digit results, by the names that they have in a response. */
export async function conformsToGolden(
  evaluate: Evaluate,
  batch: Batch,
  golden: Readonly<Record<string, Nested>>,
): Promise<void> {
  const evaluation = await evaluate(batch);
  const { arrays } = evaluation;
  const { loss, sum, denominator } = summarize(batch, evaluation);
  const actual: Record<string, ArrayLike<number>> = {
    loss: [loss ?? Number.NaN],
    sum: [sum ?? Number.NaN],
    denominator: [denominator],
    gradients: arrays.gradients!,
    elementwise: arrays.elementwise!,
    hessian_diagonal: arrays.hessian!,
  };
  for (const [field, expected] of Object.entries(golden)) {
    worstError(actual[field]!, flat(expected), INPUT_ROUNDING, field);
  }
}

/** Where the expected value is not a normal float32, the result must be as small. */
export function worstError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
  name: string,
  magnitudes: ArrayLike<number> = expected,
): number {
  assert.equal(actual.length, expected.length, name);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const truth = Math.abs(expected[i]!);
    const error = Math.abs(actual[i]! - expected[i]!);
    if (truth < SMALLEST_NORMAL && error <= SMALLEST_NORMAL) continue;
    const relative = error / Math.max(truth, Math.abs(magnitudes[i]!));
    if (!(relative <= allowed)) assert.fail(`${name}[${i}]: ${actual[i]} where ${expected[i]} is right`);
    worst = Math.max(worst, relative);
  }
  return worst;
}

function lossOf(batch: Batch, totals: Totals): number {
  return summarize({ ...batch, outputs: ['loss'] }, totals).sum!;
}
