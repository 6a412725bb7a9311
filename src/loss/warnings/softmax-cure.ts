import type { Batch } from '../batch.ts';
import { hasUnweightedPositives } from '../labelled-term.ts';

/** How to ask for softmax: without the options in use that it has not, with which it would be an error. */
export function softmaxCure({ gamma, margin, softLabels, elementWeights }: Batch): string {
  const unsupported = [
    gamma.positive !== gamma.negative && 'the gamma of each side',
    margin > 0 && 'margin',
    hasUnweightedPositives(softLabels) && `soft_labels "${softLabels}"`,
    elementWeights && 'element_weights',
  ].filter(Boolean);
  const cure = 'set activation to "softmax"';
  return unsupported.length === 0 ? cure : `${cure} and leave out ${unsupported.join(' and ')}, which softmax has not`;
}
