import type { Batch } from '../../../loss/batch.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import { servesInSigmoidSweep } from './sigmoid-sweep-kernel.ts';
import { servesInSoftmaxSweep } from './softmax-sweep-kernel.ts';

/** Whether a sweep kernel serves an evaluation of a batch. @param hardLabels whether each label is known to be 0, 1 or ignored */
export function servesInSweep(batch: Batch, hyperParameters: HyperParameters, hardLabels: boolean): boolean {
  if (batch.activation === 'softmax') return servesInSoftmaxSweep(batch, hyperParameters);
  return servesInSigmoidSweep(batch, hyperParameters, hardLabels);
}
