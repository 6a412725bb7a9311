import { type Batch, scaleOf } from './batch.ts';
import { type ClassSums, SUM_FIELDS, SUMS_PER_CLASS, type SumField, totalOf } from './class-sums.ts';
import { writePriors } from './posterior/initial-logits.ts';
import type { ClassBreakdown } from './result.ts';

type SplitName = 'loss' | 'cross_entropy' | 'gradient_l1';

/** The fields of `ClassBreakdown` that are counts. */
const COUNTS = [
  'positives',
  'negatives',
  'ignored',
  'true_positives',
  'false_positives',
  'false_negatives',
] as const satisfies (keyof ClassBreakdown)[];
/** And those that are numbers by side. */
const SPLITS = ['loss', 'cross_entropy', 'gradient_l1'] as const satisfies (keyof ClassBreakdown)[];

export type CountColumn = (typeof COUNTS)[number];
export type NumberColumn =
  | `${SplitName}.${keyof ClassBreakdown['loss']}`
  | `mean_pt.${keyof ClassBreakdown['mean_pt']}`;
/** Those that are there only with the output `posterior`. */
export type PriorColumn = 'prior' | 'initial_logit';
export type ClassColumn = CountColumn | NumberColumn | PriorColumn;

export const COUNT_COLUMNS: readonly CountColumn[] = COUNTS;
export const NUMBER_COLUMNS: readonly NumberColumn[] = [
  ...SPLITS.flatMap((field) =>
    (['positive', 'negative', 'total', 'share'] as const).map((part) => `${field}.${part}` as const),
  ),
  'mean_pt.positive',
  'mean_pt.negative',
];

const CLASS_COLUMNS: readonly ClassColumn[] = [...COUNT_COLUMNS, ...NUMBER_COLUMNS];
export const PRIOR_COLUMNS: readonly PriorColumn[] = ['prior', 'initial_logit'];

/** The columns of a batch's breakdown, in order. */
function classColumns({ outputs }: Pick<Batch, 'outputs'>): readonly ClassColumn[] {
  return outputs.includes('posterior') ? [...CLASS_COLUMNS, ...PRIOR_COLUMNS] : CLASS_COLUMNS;
}

/** The breakdown, column by column, `[classes]` each, by the paths in `ClassBreakdown`; NaN where the divisor is 0. */
export type ClassColumns = Readonly<Record<CountColumn | NumberColumn, Float64Array>> & {
  readonly [column in PriorColumn]?: Float64Array;
};

/** A copy of it takes a third of the time of `Object.fromEntries`, as long as the sums of a few classes. */
const EMPTY_COLUMNS = Object.fromEntries(CLASS_COLUMNS.map((name) => [name, new Float64Array()])) as ClassColumns;

/** Columns of a batch in new memory. */
export function newColumns(batch: Pick<Batch, 'outputs' | 'layout'>): ClassColumns {
  return columnsFrom(batch, () => new Float64Array(batch.layout.classes));
}

export function columnsFrom(
  batch: Pick<Batch, 'outputs'>,
  columnOf: (name: ClassColumn) => Float64Array,
): ClassColumns {
  const columns: { -readonly [name in keyof ClassColumns]: ClassColumns[name] } = { ...EMPTY_COLUMNS };
  for (const name of classColumns(batch)) columns[name] = columnOf(name);
  return columns;
}

/**
 * Computes the breakdown, class by class: the sums of tens of thousands of classes do not stay in the cache. An object for each
 * class would take ten times as long.
 *
 * @param columns where it goes
 */
export function writeColumns(
  columns: ClassColumns,
  batch: Pick<Batch, 'counts' | 'denominator' | 'activation' | 'gamma' | 'posteriorOffsets'>,
  sums: ClassSums,
): void {
  writeCounts(columns, sums, batch.counts.samples);
  for (const field of SPLITS) writeSplit(columns, sums, field, scaleOf(batch));
  writeMeans(columns, sums);
  const { positives, negatives, prior, initial_logit } = columns;
  if (prior && initial_logit) writePriors({ positives, negatives, prior, initial_logit }, batch);
}

// Where the sums of a class are.
const POSITIVE = 0;
const NEGATIVE = SUM_FIELDS.length;
const PT = SUM_FIELDS.indexOf('pt');
const COUNT = SUM_FIELDS.indexOf('count');
const PREDICTED = SUM_FIELDS.indexOf('predicted_positive');

function writeCounts(columns: ClassColumns, sums: ClassSums, samples: number): void {
  const { positives, negatives, ignored, true_positives, false_positives, false_negatives } = columns;
  for (let c = 0, at = 0; at < sums.length; c++, at += SUMS_PER_CLASS) {
    const positive = sums[at + POSITIVE + COUNT]!;
    const negative = sums[at + NEGATIVE + COUNT]!;
    const truePositive = sums[at + POSITIVE + PREDICTED]!;
    positives[c] = positive;
    negatives[c] = negative;
    ignored[c] = samples - positive - negative;
    true_positives[c] = truePositive;
    false_positives[c] = sums[at + NEGATIVE + PREDICTED]!;
    false_negatives[c] = positive - truePositive;
  }
}

/** A field by side, times `scale`, with the class's share of all classes. */
function writeSplit(columns: ClassColumns, sums: ClassSums, field: SplitName & SumField, scale: number): void {
  const first = SUM_FIELDS.indexOf(field);
  const whole = totalOf(sums, field);
  const positives = columns[`${field}.positive`];
  const negatives = columns[`${field}.negative`];
  const totals = columns[`${field}.total`];
  const shares = columns[`${field}.share`];
  for (let c = 0, at = first; c < positives.length; c++, at += SUMS_PER_CLASS) {
    const positive = sums[at + POSITIVE]!;
    const negative = sums[at + NEGATIVE]!;
    const total = positive + negative;
    positives[c] = positive * scale;
    negatives[c] = negative * scale;
    totals[c] = total * scale;
    shares[c] = whole === 0 ? Number.NaN : total / whole;
  }
}

function writeMeans(columns: ClassColumns, sums: ClassSums): void {
  const { 'mean_pt.positive': positives, 'mean_pt.negative': negatives } = columns;
  for (let c = 0, at = PT; c < positives.length; c++, at += SUMS_PER_CLASS) {
    positives[c] = meanOf(sums, at + POSITIVE);
    negatives[c] = meanOf(sums, at + NEGATIVE);
  }
}

/** @param at the sum of p_t; the count is next to it */
function meanOf(sums: ClassSums, at: number): number {
  const count = sums[at + COUNT - PT]!;
  return count === 0 ? Number.NaN : sums[at]! / count; // 0 / 0 has a sign, which depends on the processor.
}
