import { ValidationIssues } from '../core/validation-issues.ts';
import { type Batch, withFloat32 } from './batch.ts';
import { FINITE_FLOAT32, placeIn } from './tensor.ts';

/**
 * Reports which logits are NaN, infinite, or too large for a float32. Engines only report that there are some.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function rejectLogits(batch: Batch): never {
  const issues = new ValidationIssues();
  const { predictions } = withFloat32(batch);
  for (let at = 0; at < predictions.length; at++) {
    if (Number.isFinite(predictions[at]!)) continue;
    issues.add(() => ({
      ...placeIn(batch.source, { shape: batch.shape }, at),
      message: `expected ${FINITE_FLOAT32}, got ${batch.predictionsFormat === 'F64' ? batch.predictions[at] : predictions[at]}`,
    }));
  }
  issues.throwIfAny();
  throw new Error('an engine rejected predictions that are finite');
}
