import type { Batch } from './batch.ts';
import type { SoftLabels } from './labelled-term.ts';

type Loss = Pick<Batch, 'gamma' | 'margin' | 'polyEpsilon' | 'softLabels'>;

/** The form of a sigmoid loss. Options of single terms are those of hard labels, of which `termwise` is the sum. */
export function formOf({ gamma, margin, polyEpsilon, softLabels }: Loss): SoftLabels {
  return gamma.positive !== gamma.negative || margin !== 0 || polyEpsilon !== 0 ? 'termwise' : softLabels;
}
