import type { Batch } from '../loss/batch.ts';
import { type Evaluation, emptyEvaluation, requestedArrays } from '../loss/evaluation.ts';
import { optionsSchema } from '../loss/options.ts';
import { prepareBatch } from '../loss/prepare-batch.ts';
import { evaluateReference } from '../loss/reference.ts';
import type { SelfTestReport } from './engine.ts';

/** Relative, where the true value is a normal float32. */
const TOLERANCE = 2e-6;
const SMALLEST_NORMAL = 2 ** -126;

/** Enough equal terms that a single float32 accumulator is off by a percent. */
const LARGE_SUM_SAMPLES = 2 ** 17;

/** Logits at which some float32 implementation is known to lose digits, overflow or turn into NaN. */
const EXTREMES = [0, 1e-30, 8.4, 15, 17, 18, 20, 37, 88.7, 104, 1e4, 1e38].flatMap((x) => [x, -x]);

/**
 * Runs a backend on values, extremes and a large sum, and compares with the float64 reference.
 *
 * @throws {Error} that says which case was off by how much; the backend must not serve then
 */
export async function selfTest(run: (batch: Batch) => Promise<Evaluation>): Promise<SelfTestReport> {
  let cases = 0;
  let worst = 0;
  for (const { name, batch } of selfTestBatches()) {
    const expected = evaluateReference(
      batch,
      emptyEvaluation(batch, (length) => new Float64Array(length)),
    );
    const actual = await run(batch);
    for (const [what, got, want] of [
      ['sums', actual.sums, expected.sums] as const,
      ['bins', actual.bins, expected.bins] as const,
      ...requestedArrays(batch).map((output) => [output, actual.arrays[output], expected.arrays[output]] as const),
    ]) {
      const error = worstRelativeError(got ?? [], want ?? []);
      if (!(error <= TOLERANCE))
        throw new Error(`self-test "${name}": ${what} is off by ${error} (allowed ${TOLERANCE})`);
      worst = Math.max(worst, error);
    }
    cases += 1;
  }
  return { cases, worstRelativeError: worst, tolerance: TOLERANCE };
}

function* selfTestBatches(): Generator<{ name: string; batch: Batch }> {
  const spread = Array.from({ length: 240 }, (_, i) => Math.sin(i * 1.7) * 10);
  for (const [range, logits] of [['values', spread] as const, ['extremes', EXTREMES] as const]) {
    const shape = [logits.length / 4, 4];
    const soft = logits.map((_, i) => ((i * 37) % 101) / 100);
    const indices = Array.from({ length: logits.length / 4 }, (_, i) => (i % 7 === 6 ? -100 : i % 4));
    for (const activation of ['sigmoid', 'softmax'] as const) {
      for (const gamma of [0, 0.5, 2]) {
        const name = `${activation}, gamma ${gamma}, ${range}`;
        const batch = makeBatch(activation, logits, shape, indices, [shape[0]!], gamma);
        yield { name: `${name}, class indices`, batch };
        // What training asks for, which some backends have kernels of its own for.
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

/** Where the truth is 0 or subnormal, the answer has to be as small. */
function worstRelativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const truth = want[i]!;
    const error = Math.abs(got[i]! - truth);
    const relative =
      Math.abs(truth) >= SMALLEST_NORMAL
        ? error / Math.abs(truth)
        : error <= SMALLEST_NORMAL
          ? 0
          : Number.POSITIVE_INFINITY;
    if (Number.isNaN(relative)) return relative;
    worst = Math.max(worst, relative);
  }
  return worst;
}
