import { flushBins } from './bins';
import { KernelParams } from './kernel-params';
import { flushRemaining } from './softmax/softmax-remaining-classes';
import { flushPairs, SUMS_OF_CLASS } from './sums';

/**
 * Writes the sums of what was evaluated since the last call to `part`, float64 [classes, 14] followed by the bins. Of tens of
 * thousands of classes, each pass over the sums takes as long as a sample or two: so what is not in use is not read.
 */
export function flushSums(params: KernelParams, part: usize): void {
  if (params.hasPairSums) flushPairs(params, part);
  if (params.hasRemaining) flushRemaining(params, part, !params.hasPairSums);
  if (params.bins) flushBins(params, part + usize(params.classes) * SUMS_OF_CLASS);
  params.hasPairSums = 0;
  params.hasRemaining = 0;
}
