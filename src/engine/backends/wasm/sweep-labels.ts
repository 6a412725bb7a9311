import type { Batch } from '../../../loss/batch.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import type { SweepLabels } from '../../kernel.ts';
import { sigmoidSweepLabels } from './sigmoid-sweep-kernel.ts';
import { servesInSoftmaxSweep } from './softmax-sweep-kernel.ts';

/** The sweep kernel that serves an evaluation of a batch, as `Backend.sweepLabels` says. */
export function sweepLabels(
  batch: Batch,
  hyperParameters: HyperParameters,
  hardLabels: boolean,
): SweepLabels | undefined {
  if (batch.activation === 'sigmoid') return sigmoidSweepLabels(batch, hyperParameters, hardLabels);
  return servesInSoftmaxSweep(batch, hyperParameters) ? 'soft' : undefined;
}
