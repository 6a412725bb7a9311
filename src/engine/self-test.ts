import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from '../loss/batch.ts';
import { type Evaluation, emptyEvaluation, requestedArrays } from '../loss/evaluation.ts';
import { evaluateReference } from '../loss/reference.ts';
import type { SelfTestReport } from './engine.ts';
import { selfTestBatches } from './self-test-batches.ts';

/** The largest relative error of a value that is a normal float32. */
const TOLERANCE = 2e-6;
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Runs a backend on ordinary values, extremes, a large sum and the focal family, and compares the results with the float64 reference.
 *
 * @throws {Error} which case failed, and by how much; the backend must not serve then
 */
export async function selfTest(evaluateOnBackend: (batch: Batch) => Promise<Evaluation>): Promise<SelfTestReport> {
  let cases = 0;
  let worst = 0;
  for (const { name, batch, repeats } of selfTestBatches()) {
    const expected = expectedOf(batch, repeats);
    const actual = await evaluateOnBackend(batch);
    await nextTurn(); // In the thread of an HTTP server, probes are served between two cases.
    for (const [what, values, expectedValues] of [
      ['sums', actual.sums, expected.sums] as const,
      ['bins', actual.bins, expected.bins] as const,
      ...requestedArrays(batch).map((output) => [output, actual.arrays[output], expected.arrays[output]] as const),
    ]) {
      const error = worstRelativeError(values ?? [], expectedValues ?? []);
      if (!(error <= TOLERANCE)) {
        throw new Error(`self-test "${name}": expected a relative error of ${what} up to ${TOLERANCE}, got ${error}`);
      }
      worst = Math.max(worst, error);
    }
    cases += 1;
  }
  return { cases, worstRelativeError: worst, tolerance: TOLERANCE };
}

/** What the reference, which is slow, says of the first samples, for all of their repetitions. */
function expectedOf(batch: Batch, repeats = 1): Evaluation<Float64Array> {
  const { layout, labels } = batch;
  const part = {
    ...batch,
    layout: { ...layout, outer: layout.outer / repeats },
    labels: labels.subarray(0, labels.length / repeats),
  };
  const { arrays, sums, bins } = evaluateReference(
    part,
    emptyEvaluation(part, (length) => new Float64Array(length)),
  );
  if (repeats === 1) return { arrays, sums, ...(bins && { bins }) };
  const repeated = Object.entries(arrays).map(([output, values]) => [
    output,
    Float64Array.from({ length: values.length * repeats }, (_, i) => values[i % values.length]!),
  ]);
  return { arrays: Object.fromEntries(repeated), sums: sums.map((sum) => sum * repeats) };
}

function worstRelativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = relativeError(actual[i]!, expected[i]!);
    if (Number.isNaN(error)) return error;
    worst = Math.max(worst, error);
  }
  return worst;
}

/** Where 0 or a subnormal number is expected, the actual value must be about as small. */
function relativeError(actual: number, expected: number): number {
  const error = Math.abs(actual - expected);
  if (Math.abs(expected) >= SMALLEST_NORMAL) return error / Math.abs(expected);
  return error <= SMALLEST_NORMAL ? 0 : Number.POSITIVE_INFINITY;
}
