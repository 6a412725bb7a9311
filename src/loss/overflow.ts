import { invalidRequest } from '../core/common-errors.ts';
import { firstNotFinite } from '../core/first-not-finite.ts';
import { LARGEST_FINITE, type ResultFormat } from '../core/float-format.ts';
import type { ServiceError } from '../core/service-error.ts';
import { type Batch, scaleOf } from './batch.ts';
import { type ClassSums, type SumField, totalOf } from './class-sums.ts';
import type { StoredArrays } from './evaluation.ts';
import { type ArrayOutput, resultFormat, totalsLength, viewTotals } from './evaluation.ts';
import { coordinates } from './tensor.ts';

/** A result that exceeds the range of its format. */
export interface Overflow {
  readonly output: ArrayOutput;
  readonly position: number;
}

/**
 * Finds the first result that is infinite in its format, float32 or shorter. Huge weights, a tiny normalizer or logits that
 * are 3e38 apart can cause it. Such results are reported, since JSON has no infinity, and not clipped.
 *
 * @param partSums `[parts, totalsLength(batch)]`
 */
export function findOverflow(batch: Batch, arrays: StoredArrays, partSums: Float64Array): Overflow | undefined {
  for (const [output, values] of Object.entries(arrays) as [ArrayOutput, Float32Array | Uint16Array][]) {
    const format = resultFormat(batch, output);
    if (largestPossible(batch, output, partSums) <= LARGEST_FINITE[format]) continue;
    const position = firstNotFinite(values, format);
    if (position >= 0) return { output, position };
  }
  return undefined;
}

/** An upper bound of an output's absolute values: the sum of all, if known. It avoids checking each value. */
function largestPossible(batch: Batch, output: ArrayOutput, partSums: Float64Array): number {
  if (output === 'posterior') return 1;
  if (output === 'elementwise') return totalOfParts(batch, partSums, 'loss');
  if (output === 'gradients' && batch.outputs.includes('per_class'))
    return totalOfParts(batch, partSums, 'gradient_l1') * scaleOf(batch);
  return Number.POSITIVE_INFINITY;
}

/** Reads one field of each part. With many classes, to add up all fields first would take longer. */
function totalOfParts(batch: Batch, partSums: Float64Array, field: SumField): number {
  const size = totalsLength(batch);
  let total = 0;
  for (let from = 0; from < partSums.length; from += size) {
    total += totalOf(viewTotals(partSums.subarray(from, from + size), batch).sums, field);
  }
  return total;
}

/**
 * Rejects a batch whose sums are infinite. Devices without float64 add up pairs of float32, which have float32's range.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function rejectInfiniteSums({ source }: Pick<Batch, 'source'>, sums: ClassSums): void {
  if (areFinite(sums)) return;
  const pointer = `/${source}`;
  const message =
    'expected input whose losses and gradients have finite sums, got an overflow: scale logits or weights down';
  throw invalidRequest({ pointer, message });
}

/** A loop takes a fraction of the time of `every`. */
function areFinite(sums: ClassSums): boolean {
  for (let i = 0; i < sums.length; i++) if (!Number.isFinite(sums[i])) return false;
  return true;
}

const TYPE_NAMES: Record<ResultFormat, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

export function overflowError(batch: Batch, { output, position }: Overflow): ServiceError {
  const perSample = output === 'elementwise' && batch.activation === 'softmax';
  const index = coordinates(position, perSample ? batch.sampleShape : batch.shape);
  const type = TYPE_NAMES[resultFormat(batch, output)];
  const message = `expected input whose ${output} fit a ${type}, got an overflow here: scale logits or weights down`;
  const pointer = `/${batch.source}/${index.join('/')}`;
  return invalidRequest({ pointer, message, index });
}
