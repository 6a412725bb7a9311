import {
  type ClassBreakdown,
  type DifficultyHistogram,
  type Evaluation,
  type Quantity,
  SIDES,
  type Side,
} from '../service/evaluation.ts';

/** The sum of a quantity over classes, by side. */
export interface Totals {
  readonly positive: number;
  readonly negative: number;
  readonly total: number;
  /** The positives' share of the total; null if the total is 0. */
  readonly positiveShare: number | null;
}

export function totals(classes: readonly ClassBreakdown[], quantity: Quantity): Totals {
  let positive = 0;
  let negative = 0;
  for (const { [quantity]: sums } of classes) {
    positive += sums.positive;
    negative += sums.negative;
  }
  const total = positive + negative;
  return { positive, negative, total, positiveShare: total !== 0 ? positive / total : null };
}

/** Under softmax with hard labels, all loss of a sample belongs to its true class, and negatives have none. */
export function sidesWithLoss({ difficulty }: Evaluation): Side[] {
  return SIDES.filter((side) => difficulty[side].cross_entropy !== null);
}

/** Each bin's share of the side: of its elements, or of its sum of a quantity. */
export function binShares(histogram: DifficultyHistogram, panel: 'counts' | Quantity): number[] {
  if (panel !== 'counts') return [...(histogram[panel] ?? histogram.counts.map(() => 0))];
  const total = sum(histogram.counts);
  return histogram.counts.map((bin) => bin / total);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
