import assert from 'node:assert/strict';
import type { Batch } from '../../src/loss/batch.ts';
import {
  type ArrayOutput,
  type Evaluation,
  requestedArrays,
  type Totals,
  wantsAllSums,
} from '../../src/loss/evaluation.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { define, SMALLEST_NORMAL } from './batches.ts';
import { flat, type Nested } from './request-batches.ts';

/** What every rung keeps to: relative, for values that are normal float32. */
export const TOLERANCE = 2e-6;

export type Evaluate = (batch: Batch) => Promise<Evaluation>;
/** Σ |terms| of an output, by which its error is measured where they cancel. */
export type Magnitudes = { readonly [output in ArrayOutput]?: ArrayLike<number> };

/**
 * Compares every output of a batch with the float64 definition.
 *
 * @param magnitudes of outputs whose terms may cancel; the truth itself for the others
 * @returns the worst relative error
 */
export async function conforms(
  evaluate: Evaluate,
  batch: Batch,
  name: string,
  magnitudes: Magnitudes = {},
): Promise<number> {
  const actual = await evaluate(batch);
  const expected = define(batch);
  const errors = requestedArrays(batch).map((output) =>
    worstError(actual.arrays[output]!, expected.arrays[output]!, `${name}: ${output}`, magnitudes[output]),
  );
  const bins = worstError(actual.bins ?? [], expected.bins ?? [], `${name}: bins`);
  const sums = wantsAllSums(batch) ? worstError(actual.sums, expected.sums, `${name}: sums`) : 0;
  const loss = worstError([lossOf(batch, actual)], [lossOf(batch, expected)], `${name}: loss`);
  return Math.max(bins, sums, loss, ...errors);
}

/** Roots of an output that have no `Magnitudes` are told by the largest value: nothing near 0 is held to its own size. */
export function againstLargest(batch: Batch, outputs: readonly ArrayOutput[]): Magnitudes {
  const { arrays } = define(batch);
  return Object.fromEntries(
    outputs
      .filter((output) => arrays[output])
      .map((output) => {
        const largest = arrays[output]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        return [output, arrays[output]!.map((value) => Math.max(Math.abs(value), largest / 100))];
      }),
  );
}

/** Compares with 60-digit results, by the names that they have in an answer. */
export function conformsToGolden(batch: Batch, evaluation: Evaluation, golden: Readonly<Record<string, Nested>>): void {
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
  for (const [field, expected] of Object.entries(golden)) worstError(actual[field]!, flat(expected), field);
}

function worstError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  name: string,
  magnitudes: ArrayLike<number> = expected,
): number {
  assert.equal(actual.length, expected.length, name);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const truth = expected[i]!;
    const error = Math.abs(actual[i]! - truth);
    const scale = Math.max(Math.abs(truth), Math.abs(magnitudes[i]!));
    const relative = Math.abs(truth) >= SMALLEST_NORMAL ? error / scale : error <= SMALLEST_NORMAL ? 0 : error;
    if (!(relative <= TOLERANCE)) assert.fail(`${name}[${i}]: ${actual[i]} where ${truth} is right`);
    worst = Math.max(worst, relative);
  }
  return worst;
}

function lossOf(batch: Batch, totals: Totals): number {
  return summarize({ ...batch, outputs: ['loss'] }, totals).sum!;
}
