import type { Batch } from './batch.ts';
import { hasUnweightedPositives } from './labelled-term.ts';

type Loss = Pick<Batch, 'activation' | 'gamma' | 'margin' | 'polyEpsilon' | 'detached' | 'softLabels'>;

/** Whether the loss is focal loss itself, and none of its family. */
export function isPlain({ activation, gamma, margin, polyEpsilon, detached, softLabels }: Loss): boolean {
  return (
    gamma.positive === gamma.negative &&
    margin === 0 &&
    polyEpsilon === 0 &&
    !detached.gradient &&
    !detached.hessian &&
    (activation === 'softmax' || !hasUnweightedPositives(softLabels))
  );
}
