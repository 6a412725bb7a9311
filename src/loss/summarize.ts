import { type Batch, scaleOf } from './batch.ts';
import { readClassNames } from './class-names.ts';
import { type ClassSums, readSum, type Side, totalOf } from './class-sums.ts';
import { type BinField, type BinSums, readBins } from './difficulty.ts';
import type { Totals } from './evaluation.ts';
import type { Bins, ClassBreakdown, Difficulty, Split, Summary } from './result.ts';

/** The loss, its breakdown by class and its distribution by difficulty, computed from an engine's totals. */
export function summarize(batch: Batch, { sums, bins }: Totals): Summary {
  const { counts, denominator, outputs } = batch;
  const sum = totalOf(sums, 'loss');
  return {
    ...(outputs.includes('loss') && { loss: batch.reduction === 'none' ? null : sum * scaleOf(batch), sum }),
    denominator,
    counts,
    ...(batch.schemeAlpha && { alpha: [...batch.schemeAlpha] }),
    ...(outputs.includes('per_class') && { per_class: breakdown(batch, sums) }),
    ...(bins && { difficulty: difficultyOf(bins) }),
  };
}

function breakdown(batch: Batch, sums: ClassSums): ClassBreakdown[] {
  const { classes } = batch.layout;
  const scale = scaleOf(batch);
  const totals = {
    loss: totalOf(sums, 'loss'),
    cross_entropy: totalOf(sums, 'cross_entropy'),
    gradient_l1: totalOf(sums, 'gradient_l1'),
  };
  const split = (c: number, field: keyof typeof totals): Split => {
    const positive = readSum(sums, c, 'positive', field);
    const negative = readSum(sums, c, 'negative', field);
    const total = positive + negative;
    return {
      positive: positive * scale,
      negative: negative * scale,
      total: total * scale,
      share: totals[field] === 0 ? null : total / totals[field],
    };
  };

  const names = batch.classNames && readClassNames(batch.classNames);
  return Array.from({ length: classes }, (_, c) => {
    const positives = readSum(sums, c, 'positive', 'count');
    const negatives = readSum(sums, c, 'negative', 'count');
    const truePositives = readSum(sums, c, 'positive', 'predicted_positive');
    const name = names?.[c];
    return {
      class: c,
      ...(name !== undefined && { name }),
      positives,
      negatives,
      ignored: batch.counts.samples - positives - negatives,
      loss: split(c, 'loss'),
      cross_entropy: split(c, 'cross_entropy'),
      gradient_l1: split(c, 'gradient_l1'),
      mean_pt: {
        positive: positives === 0 ? null : readSum(sums, c, 'positive', 'pt') / positives,
        negative: negatives === 0 ? null : readSum(sums, c, 'negative', 'pt') / negatives,
      },
      true_positives: truePositives,
      false_positives: readSum(sums, c, 'negative', 'predicted_positive'),
      false_negatives: positives - truePositives,
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
