import { Complaints } from '../core/validation-issues.ts';
import { type Batch, withFloat32 } from './batch.ts';
import { FINITE_FLOAT32, placeIn } from './tensor.ts';

/**
 * Names the logits that are NaN, infinite, or too large for a float32. Engines only find that there are some.
 *
 * @throws {Failure} `invalid_request`
 */
export function refuseLogits(batch: Batch): never {
  const complaints = new Complaints();
  const { predictions } = withFloat32(batch);
  for (let at = 0; at < predictions.length; at++) {
    if (Number.isFinite(predictions[at]!)) continue;
    complaints.add(() => ({
      ...placeIn(batch.source, { shape: batch.shape }, at),
      message: `expected ${FINITE_FLOAT32}, got ${batch.predictionsFormat === 'F64' ? batch.predictions[at] : predictions[at]}`,
    }));
  }
  complaints.throwIfAny();
  throw new Error('an engine refused predictions that are finite');
}
