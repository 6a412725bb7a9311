import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import { runBatch } from '../../src/engine/run-batch.ts';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { totalOf } from '../../src/loss/class-sums.ts';
import { evaluate } from '../../src/loss/definition.ts';
import {
  type ArrayOutput,
  type Evaluation,
  emptyEvaluation,
  requestedArrays,
  wantsAllSums,
} from '../../src/loss/evaluation.ts';
import { OUTPUTS, optionsSchema } from '../../src/loss/options.ts';
import { type BatchTensors, prepareBatch } from '../../src/loss/prepare-batch.ts';

export const SMALLEST_NORMAL = 2 ** -126;

/** All but `difficulty`, which the kernels for hard labels leave to others. */
export const MOST_OUTPUTS = OUTPUTS.filter((output) => output !== 'difficulty');

/** A batch of logits, most of whose outputs and all sums are asked for unless `options` names outputs. */
export function logitsBatch(
  shape: readonly number[],
  logits: ArrayLike<number>,
  labelShape: readonly number[],
  labels: ArrayLike<number>,
  tensors: Partial<BatchTensors> = {},
  options: object = {},
): Batch {
  const batch = prepareBatch(optionsSchema.parse({ outputs: MOST_OUTPUTS, ...options }), {
    source: 'logits',
    predictions: { format: 'F32', shape, values: Float32Array.from(logits) },
    labels: { shape: labelShape, values: Float64Array.from(labels) },
    ...tensors,
  });
  return { ...batch, gradientSquares: !('outputs' in options) };
}

/** How a test has a batch evaluated. */
export type Evaluate = (batch: Batch) => Promise<Evaluation>;

/** Evaluates on the embedded rung, in this thread. */
export function run(batch: Batch): Promise<Evaluation> {
  return runBatch(batch, wasmRung);
}

/** The float64 definition, not rounded to float32. */
export function define(batch: Batch): Evaluation<Float64Array> {
  return evaluate(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );
}

/**
 * Runs a batch on the backend in use and compares all of its outputs with the definition.
 *
 * @param cancelling outputs whose terms may cancel: near a root no relative error is meant
 * @param sumsWithin relative error of the sums; the square of a gradient is off by twice as much as a gradient
 */
export async function assertAsDefined(
  batch: Batch,
  name: string,
  cancelling: readonly ArrayOutput[] = ['hessian'],
  evaluateBatch: Evaluate = run,
  sumsWithin = 2e-8,
): Promise<void> {
  const before = memory().numTensors;
  const actual = await evaluateBatch(batch);
  assert.equal(memory().numTensors, before, `${name} leaves tensors behind`);
  const expected = define(batch);
  assertClose(actual.bins ?? [], expected.bins ?? [], 2e-8, `${name}: bins`);
  if (wantsAllSums(batch)) assertClose(actual.sums, expected.sums, sumsWithin, `${name}: sums`);
  else assertClose([lossOf(actual)], [lossOf(expected)], sumsWithin, `${name}: loss`);
  for (const output of requestedArrays(batch)) {
    const slack = cancelling.includes(output) ? 1e-9 : 0;
    assertClose(actual.arrays[output]!, expected.arrays[output]!, 5e-7, `${name}: ${output}`, slack);
  }
}

/** @param slack relative to the largest, beside `tolerance`, relative to each */
function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  name: string,
  slack = 0,
): void {
  assert.equal(actual.length, expected.length, name);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (!(error <= tolerance * Math.abs(expected[i]!) + slack * largest + SMALLEST_NORMAL)) {
      assert.fail(`${name}[${i}]: ${actual[i]} where ${expected[i]} is right`);
    }
  }
}

function lossOf({ sums }: Evaluation<Float32Array | Float64Array>): number {
  return totalOf(sums, 'loss');
}

/** Numbers in [0, 1) that look random and are the same every time. */
export function* pseudorandom(seed = 1): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
