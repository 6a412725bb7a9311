import type { FloatFormat } from '../../core/float-format.ts';
import type { Batch } from '../batch.ts';
import type { ClassSums } from '../class-sums.ts';
import { wantsAllSums } from '../evaluation.ts';
import { hasUnweightedPositives } from '../labelled-term.ts';
import type { BatchSample } from './batch-sample.ts';
import { labelHits } from './label-hits.ts';
import { type MeanProbabilities, meanProbabilities, meanProbabilitiesOfSums } from './mean-probabilities.ts';
import { softmaxCure } from './softmax-cure.ts';
import type { Warning } from './warning.ts';

const MIN_CLASSES = 4;
const MIN_SAMPLES = 32;
/** Of many classes, the largest logit is seldom at the label by chance. */
const MANY_CLASSES = 100;
const MIN_SAMPLES_OF_MANY = 8;
/** Fewer samples of a log-softmax have their exponentials add up to 1 by chance. */
const MIN_LOG_SAMPLES = 2;
/** By how much those of a sample may miss 1. */
const LOG_TOLERANCE: Readonly<Record<FloatFormat, number>> = { F64: 1e-4, F32: 1e-4, F16: 2e-3, BF16: 2e-3 };
/**
 * A head under sigmoid, too, may begin with −log C for each of C classes. Noise of deviation σ adds σ²/2 to the sum: if that is
 * within the tolerance t, thousands of logits are less than 10 √t apart.
 */
const MIN_LOG_RANGE = 10;

/** A model that has learned: it finds more of the labels than one that always predicts the most frequent class. */
const MIN_GAIN = 0.3;
const MIN_TRUE_PROBABILITY = 0.75;
/** Trained under sigmoid, such a model has pushed the logits of the other classes far below 0; softmax leaves them where they are. */
const MIN_OTHER_PROBABILITY = 0.3;
/** Focal loss of a larger γ rests at 0.3 for a class that is true in 1 of 25. */
const MAX_GAMMA = 3;
/** And the probabilities of a sample add up to about 1. */
const MIN_TOTAL = 2.25;

/** @param sums of the batch; undefined if it has several evaluations */
export function findSoftmaxUnderSigmoid(
  batch: Batch,
  sample: BatchSample,
  sums: ClassSums | undefined,
): Warning | undefined {
  const { activation, source, predictionsFormat } = batch;
  if (activation !== 'sigmoid' || source !== 'logits' || sample.classes < 2) return undefined;
  const cure = softmaxCure(batch);
  const pointer = '/activation';
  const code = 'softmax_logits_under_sigmoid';
  if (sample.samples >= MIN_LOG_SAMPLES && areLogSoftmax(sample, LOG_TOLERANCE[predictionsFormat])) {
    const message = `the exponentials of the logits add up to 1 in each of the ${sample.samples} samples that were looked at, as those of a log-softmax do: ${cure}`;
    return { code, message, pointer };
  }
  const minSamples = sample.classes < MANY_CLASSES ? MIN_SAMPLES : MIN_SAMPLES_OF_MANY;
  if (sample.classes < MIN_CLASSES || sample.samples < minSamples || leavesProbabilities(batch)) return undefined;
  // The sums decide about nearly all batches, and to look at each logit takes longer. Samples of weight 0 are part of them.
  const meansOfBatch =
    sums && batch.sampleWeights === undefined && batch.elementWeights === undefined && wantsAllSums(batch)
      ? meanProbabilitiesOfSums(sums)
      : undefined;
  if (meansOfBatch && !lookLikeSoftmax(meansOfBatch, sample.classes)) return undefined;
  const hits = labelHits(sample, MIN_GAIN);
  if (hits === undefined) return undefined;
  const means = meansOfBatch ?? meanProbabilities(sample, minSamples, MIN_OTHER_PROBABILITY / 2);
  if (!lookLikeSoftmax(means, sample.classes)) return undefined;
  const message =
    `each of the ${sample.samples} samples that were looked at has one class, which ${percent(hits.accuracy)} of them predict, ` +
    `and yet sigmoid reads the logits of all other classes as probabilities of ${percent(means.otherClasses)} on average: if one class is true, ${cure}`;
  return { code, message, pointer };
}

/**
 * Whether a model that was trained under sigmoid, too, leaves the other classes at probabilities of 0.3: a negative has next to no
 * gradient there. Asymmetric loss with γ 0 and 4 rests at 0.33 where a class is true in 1 of 100.
 */
function leavesProbabilities({ gamma, margin, softLabels }: Batch): boolean {
  if (margin > 0 || gamma.positive !== gamma.negative || hasUnweightedPositives(softLabels)) return true;
  return gamma.negative.some((value) => value > MAX_GAMMA);
}

function lookLikeSoftmax({ trueClass, otherClasses }: MeanProbabilities, classes: number): boolean {
  return (
    trueClass >= MIN_TRUE_PROBABILITY &&
    otherClasses >= MIN_OTHER_PROBABILITY &&
    trueClass + (classes - 1) * otherClasses >= MIN_TOTAL
  );
}

/** Most batches are done at their first sample. */
function areLogSoftmax({ samples, classes, predictions }: BatchSample, tolerance: number): boolean {
  let maxRange = 0;
  for (let row = 0; row < samples; row++) {
    let total = 0;
    let smallest = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      const logit = predictions[at]!;
      if (logit > 0) return false;
      total += Math.exp(logit);
      if (logit < smallest) smallest = logit;
      if (logit > largest) largest = logit;
    }
    if (Math.abs(total - 1) > tolerance) return false;
    maxRange = Math.max(maxRange, largest - smallest);
  }
  return maxRange >= MIN_LOG_RANGE * Math.sqrt(tolerance);
}

function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}
