/**
 * Sums per class and side, from which the breakdown and the loss are computed: `[classes, 2, 7]` in float64. The sides are
 * positive (y ≥ 0.5) and negative; the seven fields are `SUM_FIELDS`.
 */
export type ClassSums = Float64Array;

/** The sums, in order; `gradient_squares` are 0 unless the batch requests them. */
export const SUM_FIELDS = [
  'loss',
  'cross_entropy',
  'gradient_l1',
  'pt',
  'count',
  'predicted_positive',
  'gradient_squares',
] as const;
export type SumField = (typeof SUM_FIELDS)[number];

export const SIDES = ['positive', 'negative'] as const;
export type Side = (typeof SIDES)[number];

/** The number of sums of a class. */
export const SUMS_PER_CLASS = SIDES.length * SUM_FIELDS.length;

/** A field of one side, `[classes]`. */
export function readSums(sums: ClassSums, side: Side, field: SumField): Float64Array {
  const first = SIDES.indexOf(side) * SUM_FIELDS.length + SUM_FIELDS.indexOf(field);
  const values = new Float64Array(sums.length / SUMS_PER_CLASS);
  for (let c = 0; c < values.length; c++) values[c] = sums[c * SUMS_PER_CLASS + first]!;
  return values;
}

/** The total of a field, added up class by class, so that it equals the sum of the classes' totals exactly. */
export function totalOf(sums: ClassSums, field: SumField): number {
  const positive = SUM_FIELDS.indexOf(field);
  const negative = positive + SUM_FIELDS.length;
  let total = 0;
  for (let at = 0; at < sums.length; at += SUMS_PER_CLASS) total += sums[at + positive]! + sums[at + negative]!;
  return total;
}

/** The values that one element adds to the sums. */
export interface Contribution {
  readonly positive: boolean;
  readonly loss: number;
  readonly crossEntropy: number;
  readonly gradient: number;
  /** The square of the gradient; 0 if squares are not requested. */
  readonly gradientSquare: number;
  /** p if the label is positive, 1 − p if it is negative. */
  readonly pt: number;
  readonly predictedPositive: boolean;
}

export function addToSums(sums: ClassSums, classIndex: number, element: Contribution): void {
  const at = classIndex * SUMS_PER_CLASS + (element.positive ? 0 : SUM_FIELDS.length);
  sums[at]! += element.loss;
  sums[at + 1]! += element.crossEntropy;
  sums[at + 2]! += Math.abs(element.gradient);
  sums[at + 3]! += element.pt;
  sums[at + 4]! += 1;
  if (element.predictedPositive) sums[at + 5]! += 1;
  sums[at + 6]! += element.gradientSquare;
}
