import assert from 'node:assert/strict';
import type { Batch } from '../../../src/loss/batch.ts';
import { referenceEvaluation, run, SMALLEST_NORMAL } from './batches.ts';

const TOLERANCE = 5e-7;
const LARGEST = 3.4028234663852886e38;

/** Evenly spaced logits up to 120, powers of 10 up to 1e4, and single ones up to the largest float32. */
export const LOGITS = Float32Array.from(
  [
    ...Array.from({ length: 6000 }, (_, i) => i / 50),
    ...Array.from({ length: 4000 }, (_, i) => 10 ** (-38 + (42 * i) / 3999)),
    ...[1e4, 12345.678, 1e10, 1e20, 1e38, LARGEST],
  ].flatMap((x) => [x, -x]),
);

export interface WorstErrors {
  loss: number;
  gradient: number;
  hessian: number;
}

/** Σ |terms| of results whose terms cancel, relative to which their errors are measured; default: the results. */
export type Magnitudes = { readonly [what in keyof WorstErrors]?: Float64Array };

/** The worst relative errors against the float64 reference. */
export async function worstErrors(batch: Batch, magnitudes: Magnitudes): Promise<WorstErrors> {
  const { arrays: actual } = await run(batch);
  const { arrays: expected } = referenceEvaluation(batch);
  return {
    loss: worst(actual.elementwise!, expected.elementwise!, magnitudes.loss),
    gradient: worst(actual.gradients!, expected.gradients!, magnitudes.gradient),
    hessian: worst(actual.hessian!, expected.hessian!, magnitudes.hessian),
  };
}

/** Where the expected value is not a normal float32, the result must be as small. */
function worst(actual: Float32Array, expected: Float64Array, magnitudes = expected): number {
  let most = 0;
  expected.forEach((truth, i) => {
    const error = Math.abs(actual[i]! - truth);
    const magnitude = Math.abs(magnitudes[i]!);
    const normal = magnitude >= SMALLEST_NORMAL;
    const relative = normal ? error / magnitude : error <= SMALLEST_NORMAL ? 0 : Number.POSITIVE_INFINITY;
    if (!(relative <= most)) most = relative; // NaN, too, is worse.
  });
  return most;
}

export function report(t: { diagnostic(message: string): void }, errors: WorstErrors): void {
  t.diagnostic(
    `worst relative errors: ${Object.entries(errors)
      .map(([what, error]) => `${what} ${error.toExponential(1)}`)
      .join(', ')}`,
  );
  for (const [what, error] of Object.entries(errors)) assert.ok(error < TOLERANCE, `${what} is off by ${error}`);
}
