import { type Batch, scaleOf } from './batch.ts';
import { readClassNames } from './class-names.ts';
import { type ClassSums, readSums, type Side, type SumField, totalOf } from './class-sums.ts';
import { type BinField, type BinSums, readBins } from './difficulty.ts';
import type { Totals } from './evaluation.ts';
import type { Bins, ClassBreakdown, ClassCounts, Difficulty, Split, Summary } from './result.ts';

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
  const scale = scaleOf(batch);
  const loss = splits(sums, 'loss', scale);
  const crossEntropy = splits(sums, 'cross_entropy', scale);
  const gradientL1 = splits(sums, 'gradient_l1', scale);
  const positivePt = readSums(sums, 'positive', 'pt');
  const negativePt = readSums(sums, 'negative', 'pt');
  const truePositives = readSums(sums, 'positive', 'predicted_positive');
  const falsePositives = readSums(sums, 'negative', 'predicted_positive');
  return countClasses(batch, sums).map((counts, c) => {
    const { positives, negatives } = counts;
    return {
      ...counts,
      loss: loss[c]!,
      cross_entropy: crossEntropy[c]!,
      gradient_l1: gradientL1[c]!,
      mean_pt: {
        positive: positives === 0 ? null : positivePt[c]! / positives,
        negative: negatives === 0 ? null : negativePt[c]! / negatives,
      },
      true_positives: truePositives[c]!,
      false_positives: falsePositives[c]!,
      false_negatives: positives - truePositives[c]!,
    };
  });
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

/** A field of each class by side, times `scale`, with the class's share of all classes. */
function splits(sums: ClassSums, field: SumField, scale: number): Split[] {
  const negatives = readSums(sums, 'negative', field);
  const whole = totalOf(sums, field);
  return Array.from(readSums(sums, 'positive', field), (positive, c) => {
    const negative = negatives[c]!;
    const total = positive + negative;
    return {
      positive: positive * scale,
      negative: negative * scale,
      total: total * scale,
      share: whole === 0 ? null : total / whole,
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
