import type { ClassBreakdown, Evaluation, Quantity } from './answer.ts';

/** A batch's sum of a quantity, by side. */
export interface Totals {
  readonly positive: number;
  readonly negative: number;
  readonly total: number;
  /** The positives' part; null where there is nothing to share. */
  readonly positiveShare: number | null;
}

export function totals(classes: readonly ClassBreakdown[], quantity: Quantity): Totals {
  let positive = 0;
  let negative = 0;
  for (const { [quantity]: sides } of classes) {
    positive += sides.positive;
    negative += sides.negative;
  }
  const total = positive + negative;
  return { positive, negative, total, positiveShare: total > 0 ? positive / total : null };
}

export type SideName = 'positives' | 'negatives';

/** Which sides have a loss to show: under softmax with hard labels a sample's is all its true class's. */
export function sidesOf({ difficulty }: Evaluation): SideName[] {
  return (['positives', 'negatives'] as const).filter((side) => difficulty[side].cross_entropy !== null);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
