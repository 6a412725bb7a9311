import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from '../loss/batch.ts';
import { type Evaluation, requestedArrays } from '../loss/evaluation.ts';
import type { SelfTestReport } from './engine.ts';
import type { SelfTestCase } from './self-test-cases.ts';

/** The largest relative error of a value that is a normal float32. */
const TOLERANCE = 2e-6;
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Runs a backend on the cases, and compares the results with the float64 reference.
 *
 * @throws {Error} which case failed, and by how much; the backend must not serve then
 */
export async function selfTest(
  cases: readonly SelfTestCase[],
  evaluateOnBackend: (batch: Batch) => Promise<Evaluation>,
): Promise<SelfTestReport> {
  let worst = 0;
  for (const { name, batch, repeats, expected } of cases) {
    const actual = await evaluateOnBackend(batch);
    await nextTurn(); // In the thread of an HTTP server, probes are served between two cases.
    for (const [what, values, expectedValues, times] of [
      ['sums', actual.sums, expected.sums, 1] as const,
      ['bins', actual.bins, expected.bins, 1] as const,
      ...requestedArrays(batch).map(
        (output) => [output, actual.arrays[output], expected.arrays[output], repeats] as const,
      ),
    ]) {
      const error = worstRelativeError(values ?? [], expectedValues ?? [], times);
      if (!(error <= TOLERANCE)) {
        throw new Error(`self-test "${name}": expected a relative error of ${what} up to ${TOLERANCE}, got ${error}`);
      }
      worst = Math.max(worst, error);
    }
  }
  return { cases: cases.length, worstRelativeError: worst, tolerance: TOLERANCE };
}

/** @param times how many times the expected values come one after another */
function worstRelativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, times: number): number {
  if (actual.length !== times * expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = relativeError(actual[i]!, expected[i % expected.length]!);
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
