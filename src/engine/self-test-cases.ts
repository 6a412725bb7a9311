import type { Batch } from '../loss/batch.ts';
import { type Evaluation, emptyEvaluation } from '../loss/evaluation.ts';
import { evaluateReference } from '../loss/reference.ts';
import { selfTestBatches } from './self-test-batches.ts';

/** A batch with what it has to give: plain data with its tensors in shared memory, so that threads get it without a copy. */
export interface SelfTestCase {
  readonly name: string;
  readonly batch: Batch;
  /** How many times its first samples come one after another. */
  readonly repeats: number;
  /** The sums of the whole batch, and the arrays of its first samples. */
  readonly expected: Evaluation<Float64Array>;
}

let cases: readonly SelfTestCase[] | undefined;

/**
 * Ordinary values, extremes, a large sum and the focal family with the results of the float64 reference. They are computed once: each
 * engine thread would take tens of milliseconds for them, and 9 MiB for the schemas of options.
 */
export function selfTestCases(): readonly SelfTestCase[] {
  cases ??= Array.from(selfTestBatches(), ({ name, batch, repeats = 1 }) => ({
    name,
    batch,
    repeats,
    expected: expectedOf(batch, repeats),
  }));
  return cases;
}

/** What the reference, which is slow, says of the first samples, with the sums of all of their repetitions. */
function expectedOf(batch: Batch, repeats: number): Evaluation<Float64Array> {
  const { layout, labels } = batch;
  const part = {
    ...batch,
    layout: { ...layout, outer: layout.outer / repeats },
    labels: labels.subarray(0, labels.length / repeats),
  };
  const evaluation = evaluateReference(
    part,
    emptyEvaluation(part, (length) => new Float64Array(length)),
  );
  const { arrays, sums, bins } = evaluation;
  const ofAll = (values: Float64Array) => values.map((sum) => sum * repeats);
  return { arrays, sums: ofAll(sums), ...(bins && { bins: ofAll(bins) }) };
}
