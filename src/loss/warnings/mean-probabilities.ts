import { type ClassSums, SUM_FIELDS, SUMS_PER_CLASS } from '../class-sums.ts';
import type { BatchSample } from './batch-sample.ts';
import { classOf } from './label-hits.ts';

/** The means of σ(logit) over the classes of the samples, and over all other classes. */
export interface MeanProbabilities {
  readonly trueClass: number;
  readonly otherClasses: number;
}

const PT = SUM_FIELDS.indexOf('pt');
const COUNT = SUM_FIELDS.indexOf('count');

/** Those of the whole batch, of which each sample that counts has one class. */
export function meanProbabilitiesOfSums(sums: ClassSums): MeanProbabilities {
  let ofTrue = 0;
  let positives = 0;
  let ofRest = 0;
  let negatives = 0;
  for (let positive = 0; positive < sums.length; positive += SUMS_PER_CLASS) {
    const negative = positive + SUM_FIELDS.length;
    ofTrue += sums[positive + PT]!;
    positives += sums[positive + COUNT]!;
    ofRest += sums[negative + COUNT]! - sums[negative + PT]!;
    negatives += sums[negative + COUNT]!;
  }
  return { trueClass: ofTrue / positives, otherClasses: ofRest / negatives };
}

/**
 * @param sample of which each has one class
 * @param minSamples after so many, it is decided whether to go on: exponentials take time
 * @param minOther the least mean of the other classes to go on with
 */
export function meanProbabilities(sample: BatchSample, minSamples: number, minOther: number): MeanProbabilities {
  const { samples, classes, predictions } = sample;
  let ofTrue = 0;
  let sumOfRest = 0;
  let row = 0;
  const meanOfRest = () => sumOfRest / (row * (classes - 1));
  for (; row < samples && (row !== minSamples || meanOfRest() >= minOther); row++) {
    const first = row * classes;
    const label = classOf(sample, row);
    for (let c = 0; c < classes; c++) {
      const p = sigmoid(predictions[first + c]!);
      if (c === label) ofTrue += p;
      else sumOfRest += p;
    }
  }
  return { trueClass: ofTrue / row, otherClasses: meanOfRest() };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
