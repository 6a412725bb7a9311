import { wasmBackend } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch } from '../../../src/engine/evaluate-batch.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { type Evaluation, emptyEvaluation } from '../../../src/loss/evaluation.ts';
import { OUTPUTS, type Output, optionsSchema } from '../../../src/loss/options.ts';
import { type BatchTensors, prepareBatch } from '../../../src/loss/prepare-batch.ts';
import { evaluateReference } from '../../../src/loss/reference.ts';

export const SMALLEST_NORMAL = 2 ** -126;

/** Those that the sigmoid kernels for hard labels do not compute. */
const NOT_OF_KERNELS: readonly Output[] = ['difficulty', 'posterior', 'calibration'];
/** All other outputs. */
export const OUTPUTS_WITHOUT_DIFFICULTY = OUTPUTS.filter((output) => !NOT_OF_KERNELS.includes(output));

/** A batch of logits. It requests `OUTPUTS_WITHOUT_DIFFICULTY`, and all sums, unless `options` has outputs. */
export function logitsBatch(
  shape: readonly number[],
  logits: ArrayLike<number>,
  labelShape: readonly number[],
  labels: ArrayLike<number>,
  tensors: Partial<BatchTensors> = {},
  options: object = {},
): Batch {
  const batch = prepareBatch(optionsSchema.parse({ outputs: OUTPUTS_WITHOUT_DIFFICULTY, ...options }), {
    source: 'logits',
    predictions: { format: 'F32', shape, values: Float32Array.from(logits) },
    labels: { shape: labelShape, values: Float64Array.from(labels) },
    ...tensors,
  });
  return { ...batch, gradientSquares: !('outputs' in options) };
}

/** Evaluates a batch for a test. */
export type Evaluate = (batch: Batch) => Promise<Evaluation>;

/** Evaluates on the embedded backend, in this thread. */
export function run(batch: Batch): Promise<Evaluation> {
  return evaluateBatch(batch, wasmBackend);
}

/** The results of the float64 reference, not rounded to float32. */
export function referenceEvaluation(batch: Batch): Evaluation<Float64Array> {
  return evaluateReference(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );
}

/** Pseudorandom numbers in [0, 1), the same in every run. */
export function* pseudorandom(seed = 1): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
