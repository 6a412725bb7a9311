import { invalidRequest } from '../core/common-errors.ts';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { ResultFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { arrayLike, isInRegion, readNumbers } from '../core/shared-memory/region-numbers.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { FINITE_FLOAT32, placeIn } from './tensor.ts';

/** Numbers that are converted at a time: a copy of all of them could be twice as large as the batch. */
const BLOCK = 2 ** 12;
/** Their copies. A new one for each batch would be garbage that piles up. */
const copies = new Float32Array(BLOCK);

/**
 * Reports which logits are NaN, infinite, or too large for a float32. Engines only report that there are some.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function rejectLogits(batch: Batch): never {
  const issues = new ValidationIssues();
  const { predictions, predictionsFormat: format } = batch;
  for (let start = 0; start < predictions.length && !issues.areEnough; start += BLOCK) {
    const stored = blockOf(predictions, start);
    if (!(stored instanceof Float64Array) && firstNotFinite(stored, format as ResultFormat) < 0) continue;
    const block = toFloat32(stored, format, copies);
    for (let i = 0; i < block.length; i++) {
      if (Number.isFinite(block[i]!)) continue;
      issues.add(() => ({
        ...placeIn(batch.source, { shape: batch.shape }, start + i),
        message: `expected ${FINITE_FLOAT32}, got ${format === 'F64' ? stored[i] : block[i]}`,
      }));
    }
  }
  issues.throwIfAny();
  if (!isInRegion(predictions)) throw new Error('an engine rejected predictions that are finite');
  const message = `expected ${FINITE_FLOAT32}, got others, which have changed since: leave a region as it is until the response`;
  throw invalidRequest({ pointer: `/${batch.source}`, message });
}

function blockOf(predictions: Batch['predictions'], start: number): StoredFloats {
  if (!isInRegion(predictions)) return predictions.subarray(start, start + BLOCK);
  const like = arrayLike(predictions);
  const length = Math.min(BLOCK, predictions.length - start);
  const block = new (like.constructor as new (length: number) => StoredFloats)(length);
  return readNumbers(predictions, start, block);
}
