import { isInRegion } from '../core/shared-memory/region-numbers.ts';
import type { Batch } from '../loss/batch.ts';
import type { Arrival } from './arrival.ts';
import type { Slice, Slices } from './slices.ts';
import { partsWithin } from './tiling.ts';

/**
 * The next slice of a batch that is still arriving, once its predictions are there.
 *
 * @returns undefined when there are no more, or nobody needs them
 */
export async function nextArrived(
  slices: Slices,
  { predictions, layout }: Pick<Batch, 'predictions' | 'layout'>,
  arrival: Arrival,
  msPerPart: () => number,
): Promise<Slice | undefined> {
  if (isInRegion(predictions)) throw new Error('predictions in a region do not arrive with the body');
  while (!arrival.ended) {
    const elements = Math.floor(arrival.bytes / predictions.BYTES_PER_ELEMENT);
    const slice = slices.next(msPerPart(), partsWithin(layout, elements));
    if (slice || slices.areAllCut) return slice;
    await arrival.changed();
  }
  return undefined;
}
