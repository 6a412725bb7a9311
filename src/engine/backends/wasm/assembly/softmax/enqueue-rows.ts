import { clearRow } from './clear-row';
import { IGNORED, KernelParams } from '../kernel-params';
import { SOFT, trueClassOf } from './softmax-labels';
import { enqueue } from './softmax-rows-float32';

/** Instead of a number of rows, if the labels of a sample are not one-hot. */
export const SOFT_ROW: u64 = u64.MAX_VALUE;

/**
 * Enqueues samples from `from` on, until so many wait or `to` is reached; ignored ones are cleared instead.
 *
 * @returns how many wait, and times 2^32 the sample behind the last one; or SOFT_ROW
 */
@inline
export function enqueueRows(params: KernelParams, from: u32, to: u32, rows: u32): u64 {
  let waiting: u32 = 0;
  let sample = from;
  for (; sample < to && waiting < rows; sample++) {
    const element = sample * params.classes;
    const label = trueClassOf(params, element, sample);
    if (label == SOFT) return SOFT_ROW;
    if (label == IGNORED) {
      clearRow(params, element, sample);
      continue;
    }
    enqueue(params, waiting, sample, label);
    waiting += 1;
  }
  return (u64(sample) << 32) | waiting;
}
