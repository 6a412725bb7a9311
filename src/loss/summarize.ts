import { type Batch, scaleOf } from './batch.ts';
import { type ClassColumns, newColumns, writeColumns } from './class-columns.ts';
import { readClassNames } from './class-names.ts';
import { type ClassSums, readSums, type Side, totalOf } from './class-sums.ts';
import { clearTinySums } from './clear-tiny-sums.ts';
import { type BinField, type BinSums, readBins } from './difficulty.ts';
import type { Totals } from './evaluation.ts';
import { calibrationOf } from './read-calibration.ts';
import type { Bins, ClassCounts, Difficulty, SummaryFields } from './result.ts';
import { findWarnings } from './warnings/find-warnings.ts';

/** What a response says beside its arrays; classes as columns. */
export type Summary = Omit<SummaryFields, 'per_class' | 'alpha'> & {
  readonly per_class?: ClassColumns;
  /** `[classes]` */
  readonly alpha?: Float64Array;
};

/**
 * The loss, its breakdown by class and its distribution by difficulty, computed from an engine's totals.
 *
 * @param totals those that are too small to be told from 0 are set to 0
 * @param columns where the breakdown goes, if it is requested; by default new memory
 */
export function summarize(batch: Batch, totals: Totals, columns = requestedColumns(batch)): Summary {
  const { counts, denominator, outputs } = batch;
  const { sums, bins, calibration } = totals;
  clearTinySums(batch, totals);
  const sum = totalOf(sums, 'loss');
  if (columns) writeColumns(columns, batch, sums);
  const warnings = findWarnings(batch, { sums, loss: sum });
  return {
    ...(outputs.includes('loss') && { loss: batch.reduction === 'none' ? null : sum * scaleOf(batch), sum }),
    denominator,
    counts,
    ...(warnings.length > 0 && { warnings }),
    ...(batch.schemeAlpha && { alpha: batch.schemeAlpha }),
    ...(columns && { per_class: columns }),
    ...(bins && { difficulty: difficultyOf(bins) }),
    ...(calibration && { calibration: calibrationOf(calibration, batch.posteriorOffsets !== undefined) }),
  };
}

function requestedColumns(batch: Batch): ClassColumns | undefined {
  return batch.outputs.includes('per_class') ? newColumns(batch) : undefined;
}

/** Each class by its index and its name, with its labels counted. */
export function countClasses({ classNames, counts }: Batch, sums: ClassSums): ClassCounts[] {
  const names = classNames && readClassNames(classNames);
  const negatives = readSums(sums, 'negative', 'count');
  return Array.from(readSums(sums, 'positive', 'count'), (positives, c) => {
    const name = names?.[c];
    return {
      class: c,
      ...(name !== undefined && { name }),
      positives,
      negatives: negatives[c]!,
      ignored: counts.samples - positives - negatives[c]!,
    };
  });
}

function difficultyOf(bins: BinSums): Difficulty {
  return { positives: sharesOf(bins, 'positive'), negatives: sharesOf(bins, 'negative') };
}

function sharesOf(bins: BinSums, side: Side): Bins {
  const shares = (field: BinField) => {
    const values = readBins(bins, side, field);
    const total = values.reduce((sum, value) => sum + value, 0);
    return total === 0 ? null : values.map((value) => value / total);
  };
  return {
    counts: readBins(bins, side, 'count'),
    cross_entropy: shares('cross_entropy'),
    loss: shares('loss'),
    gradient_l1: shares('gradient_l1'),
  };
}
