import { unpooledLease } from '../core/buffer-lease.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import type { Batch } from '../loss/batch.ts';
import { allocateResults, totalsLength, viewTotals } from '../loss/evaluation.ts';
import { evaluationCount } from '../loss/hyper-parameters.ts';
import { elementCount } from '../loss/tensor.ts';
import type { EvaluateOptions, TimedEvaluation } from './engine.ts';

/**
 * The results of a batch without elements, on any backend: all sums are 0, and arrays have no numbers.
 *
 * @returns undefined if the batch has elements
 */
export function evaluateEmpty(batch: Batch, options: EvaluateOptions): TimedEvaluation | undefined {
  const { layout } = batch;
  if (elementCount(layout) > 0) return undefined;
  const { cancellation, hyperParameters, lease = unpooledLease(), arrays = allocateResults(batch, lease) } = options;
  if (cancellation?.aborted) throw deadlineExceeded();
  const evaluations = hyperParameters ? evaluationCount(hyperParameters, layout.classes) : 1;
  const sums = lease.float64(evaluations * totalsLength(batch)).fill(0);
  return { arrays, ...(hyperParameters ? { sums } : viewTotals(sums, batch)), computeMs: 0, queueMs: 0 };
}
