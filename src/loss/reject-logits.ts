import { firstNotFinite } from '../core/first-not-finite.ts';
import type { ResultFormat } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
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
    const stored = predictions.subarray(start, start + BLOCK);
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
  throw new Error('an engine rejected predictions that are finite');
}
