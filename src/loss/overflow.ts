import type { Batch } from './batch.ts';
import type { Evaluation } from './evaluation.ts';
import { Failure } from './failure.ts';
import { coordinates } from './layout.ts';

/**
 * Results are float32, and JSON has no infinity. Huge weights, a tiny normalizer or logits 3e38 apart can lead past
 * the largest float32: that is said, not rounded to something finite.
 */
export function findOverflow(batch: Batch, { arrays }: Evaluation): Failure | undefined {
  for (const [output, values] of Object.entries(arrays)) {
    const position = values.findIndex((value) => !Number.isFinite(value));
    if (position < 0) continue;
    const perSample = output === 'elementwise' && batch.activation === 'softmax';
    const index = coordinates(position, perSample ? batch.sampleShape : batch.shape);
    const message = `expected input whose ${output} fit a float32, got an overflow here: scale logits or weights down`;
    const pointer = `/${batch.source}/${index.join('/')}`;
    return new Failure('invalid_request', `${pointer}: ${message}`, { complaints: [{ pointer, message, index }] });
  }
  return undefined;
}
