import type { FloatFormat } from '../../core/float-format.ts';
import type { Batch } from '../batch.ts';
import type { BatchSample } from './batch-sample.ts';
import { rowTotal } from './row-total.ts';
import type { Warning } from './warning.ts';

/** Probabilities are often sent with four decimals, or rounded to their format: two values of one row may be enough to differ. */
const TOTAL_TOLERANCE: Readonly<Record<FloatFormat, number>> = { F64: 2e-4, F32: 2e-4, F16: 2 ** -9, BF16: 2 ** -6 };

/** Fewer values lie in [0, 1] by chance. */
const MIN_VALUES = 12;
/** A trained model is sure of many of its predictions; logits do not gather at 0 and 1, and go beyond them where they do. */
const EDGE = 0.05;
const MIN_AT_EDGES = 0.25;
const MIN_LARGEST = 0.5;
/** That the logits of so many classes are all above 0 has a chance of 2^-14, where the sign of each is one of two. */
const MIN_CLASSES = 14;
const MIN_POSITIVE_VALUES = 64;

export function findProbabilitiesAsLogits(
  { source, activation, predictionsFormat }: Batch,
  sample: BatchSample,
): Warning | undefined {
  if (source !== 'logits' || !isWithinUnit(sample.predictions)) return undefined;
  const adds = addUpToOne(sample, TOTAL_TOLERANCE[predictionsFormat]);
  if (!adds && (activation === 'softmax' || !lookLikeProbabilities(sample))) return undefined;
  const { length } = sample.predictions;
  const seen = `all ${length} logits that were looked at lie in [0, 1]${adds ? ', and those of each sample add up to 1' : ''}`;
  return {
    code: 'probabilities_as_logits',
    message: `${seen}: if they are probabilities, send them as "probabilities" instead, or send what goes into the ${adds ? 'softmax' : 'sigmoid'}`,
    pointer: '/logits',
  };
}

function isWithinUnit(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1)) return false;
  }
  return values.length > 0;
}

/** One sample in 16 bits may add up to 1 by chance, two seldom do. */
function addUpToOne({ samples, classes, predictions }: BatchSample, tolerance: number): boolean {
  if (classes < 2 || (samples < 2 && tolerance > TOTAL_TOLERANCE.F32)) return false;
  for (let row = 0; row < samples; row++) {
    if (Math.abs(rowTotal(predictions, row, classes) - 1) > tolerance) return false;
  }
  return true;
}

/** @param sample whose predictions lie in [0, 1] */
function lookLikeProbabilities({ classes, predictions }: BatchSample): boolean {
  let atEdges = 0;
  let largest = 0;
  let smallest = 1;
  for (let i = 0; i < predictions.length; i++) {
    const value = predictions[i]!;
    if (value < EDGE || value > 1 - EDGE) atEdges++;
    if (value > largest) largest = value;
    if (value < smallest) smallest = value;
  }
  const { length } = predictions;
  if (classes >= MIN_CLASSES && length >= MIN_POSITIVE_VALUES && smallest > 0 && largest > smallest) return true;
  return length >= MIN_VALUES && largest >= MIN_LARGEST && atEdges >= MIN_AT_EDGES * length;
}
