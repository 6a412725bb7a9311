import type { Batch } from './batch.ts';
import type { ArrayOutput, Evaluation } from './evaluation.ts';
import { Failure } from './failure.ts';
import { firstNotFinite } from './finite.ts';
import { coordinates } from './layout.ts';

/** A result that does not fit a float32. */
export interface Overflow {
  readonly output: ArrayOutput;
  readonly position: number;
}

/**
 * Results are float32, and JSON has no infinity. Huge weights, a tiny normalizer or logits 3e38 apart can lead past the
 * largest float32: that is said, not rounded to something finite.
 */
export function findOverflow(arrays: Evaluation['arrays']): Overflow | undefined {
  for (const [output, values] of Object.entries(arrays)) {
    const position = firstNotFinite(values);
    if (position >= 0) return { output: output as ArrayOutput, position };
  }
  return undefined;
}

export function overflowFailure(batch: Batch, { output, position }: Overflow): Failure {
  const perSample = output === 'elementwise' && batch.activation === 'softmax';
  const index = coordinates(position, perSample ? batch.sampleShape : batch.shape);
  const message = `expected input whose ${output} fit a float32, got an overflow here: scale logits or weights down`;
  const pointer = `/${batch.source}/${index.join('/')}`;
  return new Failure('invalid_request', `${pointer}: ${message}`, { complaints: [{ pointer, message, index }] });
}
