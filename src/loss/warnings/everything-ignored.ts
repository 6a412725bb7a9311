import type { Batch } from '../batch.ts';
import type { Warning } from './warning.ts';

export function findEverythingIgnored({
  counts,
  denominator,
  maxSampleWeight,
  elementWeights,
  maxElementWeight,
}: Batch): Warning | undefined {
  const code = 'everything_ignored';
  if (counts.ignored === counts.elements) {
    const message =
      'all labels are the ignore_index, so that the loss and all gradients are 0: check the labels, or leave the batch out';
    return { code, message, pointer: '/labels' };
  }
  if (denominator !== 0 && maxSampleWeight !== 0 && maxElementWeight !== 0) return undefined;
  const areElements = elementWeights !== undefined && maxSampleWeight !== 0;
  const message = `all ${areElements ? 'elements' : 'samples'} are ignored or have weight 0, so that the loss and all gradients are 0: check the weights, or leave the batch out`;
  return { code, message, pointer: areElements ? '/element_weights' : '/sample_weights' };
}
