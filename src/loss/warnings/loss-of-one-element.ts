import type { Batch } from '../batch.ts';
import { type ClassSums, SIDES, SUM_FIELDS, SUMS_PER_CLASS } from '../class-sums.ts';
import { wantsAllSums } from '../evaluation.ts';
import type { BatchSample } from './batch-sample.ts';
import { type HardestElement, hardestElement, isBounded } from './hardest-element.ts';
import { hasMagnitude } from './has-magnitude.ts';
import type { SummedLoss } from './summed-loss.ts';
import type { Warning } from './warning.ts';

/** Of fewer losses, one is often the larger part. */
const MIN_LOSSES = 32;
/** p_t is below 2e-9 there: no model is as sure of what it has not been told wrongly. Focusing does not change such a loss. */
const MIN_CROSS_ENTROPY = 20;

/** One element with more than half of the loss: a wrong label, or a logit that has left all bounds. */
export function findLossOfOneElement(
  batch: Batch,
  { sums, loss: total }: SummedLoss,
  sample: BatchSample | undefined,
): Warning | undefined {
  const { activation, source, counts, labelSmoothing, polyEpsilon } = batch;
  // With a negative ε other losses may be below 0, so that half of the total says nothing.
  if (source !== 'logits' || labelSmoothing !== 0 || polyEpsilon < 0) return undefined;
  const losses = (counts.elements - counts.ignored) / (activation === 'softmax' ? counts.classes : 1);
  if (losses < MIN_LOSSES || !(total > 0)) return undefined;
  const found = sample?.isWhole
    ? hardestOfWhole(batch, sample, sums, total / 2)
    : hardestByGradient(batch, sums, total / 2);
  if (found === undefined || found.crossEntropy < MIN_CROSS_ENTROPY || !(found.loss > total / 2)) return undefined;
  const share = Math.min(99, Math.floor((100 * found.loss) / total));
  const kind = activation === 'softmax' ? 'sample' : 'element';
  return {
    code: 'loss_of_one_element',
    message:
      `one ${kind} of ${losses}, of class ${found.classIndex}, has ${share} % of the loss or more: its cross-entropy is at least ` +
      `${Math.floor(found.crossEntropy)}. Check its label, and whether its logit is a result of overflow`,
    pointer: '/logits',
  };
}

const LOSS = SUM_FIELDS.indexOf('loss');
const GRADIENT = SUM_FIELDS.indexOf('gradient_l1');

/** @param half of the whole loss */
function hardestOfWhole(batch: Batch, sample: BatchSample, sums: ClassSums, half: number): HardestElement | undefined {
  if (!wantsAllSums(batch)) return hasLogitBeyond(batch, sample) ? hardestElement(batch, sample) : undefined;
  const classIndex = classAbove(sums, half);
  return classIndex < 0 ? undefined : hardestElement(batch, sample, classIndex);
}

/** Whether a logit is so large that a cross-entropy could be, too: at least the difference of two under softmax. */
function hasLogitBeyond({ activation }: Batch, { predictions }: BatchSample): boolean {
  return hasMagnitude(predictions, activation === 'softmax' ? MIN_CROSS_ENTROPY / 2 : MIN_CROSS_ENTROPY);
}

/** The class that has more than `half` of the loss, as that of such an element has; −1 if there is none. */
function classAbove(sums: ClassSums, half: number): number {
  for (let first = 0; first < sums.length; first += SUMS_PER_CLASS) {
    if (sums[first + LOSS]! + sums[first + SUM_FIELDS.length + LOSS]! > half) return first / SUMS_PER_CLASS;
  }
  return -1;
}

/**
 * In batches of which not all is looked at, what the sums prove: with hard labels, loss / |gradient| increases with the loss, up to
 * about `half` / weight at a loss of `half`. So were no loss of a side of a class above `half`, their sum would be at most
 * `half` / weight times the sum of their gradients.
 *
 * @param half of the whole loss
 */
function hardestByGradient(batch: Batch, sums: ClassSums, half: number): HardestElement | undefined {
  const { activation, labels, sampleWeights, elementWeights, alpha, classWeights, polyEpsilon } = batch;
  if (activation === 'softmax' || sampleWeights || elementWeights) return undefined;
  if (labels instanceof Float32Array || !wantsAllSums(batch)) return undefined;
  for (let c = 0, first = 0; first < sums.length; c++, first += SUMS_PER_CLASS) {
    for (let side = 0; side < SIDES.length; side++) {
      if (isBounded(batch, SIDES[side]!)) continue;
      const at = first + side * SUM_FIELDS.length;
      const loss = sums[at + LOSS]!;
      if (loss <= half) continue;
      const weight = alpha[SIDES[side]!][c]!;
      if (half * sums[at + GRADIENT]! >= weight * loss) continue;
      // Beyond the proven half, how much of the loss is this element's is not known.
      const crossEntropy = (half - polyEpsilon * classWeights[c]!) / weight; // Of which Poly-1 is at most ε.
      return { classIndex: c, crossEntropy, loss: half * (1 + Number.EPSILON) };
    }
  }
  return undefined;
}
