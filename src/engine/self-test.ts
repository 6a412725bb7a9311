import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from '../loss/batch.ts';
import { type Evaluation, emptyEvaluation, requestedArrays } from '../loss/evaluation.ts';
import { optionsSchema } from '../loss/options.ts';
import { prepareBatch } from '../loss/prepare-batch.ts';
import { evaluateReference } from '../loss/reference.ts';
import type { SelfTestReport } from './engine.ts';

/** The largest relative error of a value that is a normal float32. */
const TOLERANCE = 2e-6;
const SMALLEST_NORMAL = 2 ** -126;

/** With so many equal terms, the error of a single float32 accumulator is one percent. */
const LARGE_SUM_SAMPLES = 2 ** 17;

/** Logits for which some float32 implementations are known to lose digits, overflow or return NaN. */
const EXTREMES = [0, 1e-30, 8.4, 15, 17, 18, 20, 37, 88.7, 104, 1e4, 1e38].flatMap((x) => [x, -x]);

/**
 * Runs a backend on ordinary values, extremes and a large sum, and compares the results with the float64 reference.
 *
 * @throws {Error} which case failed, and by how much; the backend must not serve then
 */
export async function selfTest(evaluateOnBackend: (batch: Batch) => Promise<Evaluation>): Promise<SelfTestReport> {
  let cases = 0;
  let worst = 0;
  for (const { name, batch } of selfTestBatches()) {
    const expected = evaluateReference(
      batch,
      emptyEvaluation(batch, (length) => new Float64Array(length)),
    );
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

function* selfTestBatches(): Generator<{ name: string; batch: Batch }> {
  const ordinary = Array.from({ length: 240 }, (_, i) => Math.sin(i * 1.7) * 10);
  for (const [range, logits] of [['values', ordinary] as const, ['extremes', EXTREMES] as const]) {
    const shape = [logits.length / 4, 4];
    const soft = logits.map((_, i) => ((i * 37) % 101) / 100);
    const indices = Array.from({ length: logits.length / 4 }, (_, i) => (i % 7 === 6 ? -100 : i % 4));
    for (const activation of ['sigmoid', 'softmax'] as const) {
      for (const gamma of [0, 0.5, 2]) {
        const name = `${activation}, gamma ${gamma}, ${range}`;
        const batch = makeBatch(activation, logits, shape, indices, [shape[0]!], gamma);
        yield { name: `${name}, class indices`, batch };
        // What training requests, for which some backends have separate kernels.
        const outputs = ['loss', 'gradients', 'per_class'] as const;
        yield { name: `${name}, training`, batch: { ...batch, outputs, gradientSquares: false } };
        yield { name: `${name}, soft labels`, batch: makeBatch(activation, logits, shape, soft, shape, gamma) };
      }
      const batch = makeBatch(activation, logits, shape, indices, [shape[0]!], 2);
      yield {
        name: `${activation}, difficulty, ${range}`,
        batch: { ...batch, outputs: [...batch.outputs, 'difficulty'] },
      };
    }
  }
  const equal = new Array<number>(LARGE_SUM_SAMPLES).fill(0.1);
  yield { name: 'large sum', batch: makeBatch('sigmoid', equal, [equal.length], equal, [equal.length], 2) };
}

function makeBatch(
  activation: 'sigmoid' | 'softmax',
  logits: readonly number[],
  shape: readonly number[],
  labels: readonly number[],
  labelShape: readonly number[],
  gamma: number,
): Batch {
  const outputs = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];
  const batch = prepareBatch(optionsSchema.parse({ activation, outputs }), {
    source: 'logits',
    predictions: { format: 'F32', shape, values: Float32Array.from(logits) },
    labels: { shape: labelShape, values: Float64Array.from(labels) },
    gamma,
  });
  return { ...batch, gradientSquares: true };
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
