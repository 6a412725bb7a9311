import { DIFFERENTIATED } from '../../../src/loss/focal-term.ts';
import type { ElementLoss, OfSides, SoftLabels } from '../../../src/loss/labelled-term.ts';

/** One γ of a batch, for both sides. */
export function bothSides(gamma: Float64Array) {
  return { positive: gamma, negative: gamma };
}

/** Focal loss itself, without the options of its family. */
export function plainLoss(gamma: number, alpha: OfSides, softLabels: SoftLabels): ElementLoss {
  const both = { positive: gamma, negative: gamma };
  return { gamma: both, alpha, softLabels, margin: 0, poly: 0, detached: DIFFERENTIATED };
}
