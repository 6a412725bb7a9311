import { type Calibration, type Evaluation, QUANTITIES, SIDES } from '../service/evaluation.ts';
import type { Sweep } from '../service/sweep.ts';
import type { CsvCell } from './write-csv.ts';

// The tables of the page as the service sent them: columns have the names of its response, numbers all of their digits.

const PARTS = ['positive', 'negative', 'total', 'share'] as const;

export function classRows({ per_class: classes }: Evaluation): CsvCell[][] {
  const sums = QUANTITIES.flatMap((quantity) => PARTS.map((part) => `${quantity}.${part}`));
  const titles = ['class', 'name', 'positives', 'negatives', 'ignored', ...sums];
  const outcomes = ['mean_pt.positive', 'mean_pt.negative', 'true_positives', 'false_positives', 'false_negatives'];
  const rows = classes.map((row) => [
    row.class,
    row.name ?? null,
    row.positives,
    row.negatives,
    row.ignored,
    ...QUANTITIES.flatMap((quantity) => PARTS.map((part) => row[quantity][part])),
    row.mean_pt.positive,
    row.mean_pt.negative,
    row.true_positives,
    row.false_positives,
    row.false_negatives,
  ]);
  return [[...titles, ...outcomes], ...rows];
}

/** Each bin of p_t of each side. */
export function difficultyRows({ difficulty }: Evaluation): CsvCell[][] {
  const rows = SIDES.flatMap((side) => {
    const { counts } = difficulty[side];
    return counts.map((count, i) => [
      side,
      i / counts.length,
      (i + 1) / counts.length,
      count,
      ...QUANTITIES.map((quantity) => difficulty[side][quantity]?.[i] ?? null),
    ]);
  });
  return [['side', 'pt_from', 'pt_to', 'count', ...QUANTITIES.map((quantity) => `${quantity}_share`)], ...rows];
}

/** Each bin of confidence, of the scores as predicted and, where they have one, of their posterior. */
export function calibrationRows({ calibration }: Evaluation): CsvCell[][] {
  const kinds = Object.entries(calibration) as [string, Calibration['predicted']][];
  const rows = kinds.flatMap(([kind, { counts, mean_confidence: confidence, observed_rate: rate }]) =>
    counts.map((count, i) => [
      kind,
      i / counts.length,
      (i + 1) / counts.length,
      count,
      confidence[i] ?? null,
      rate[i] ?? null,
    ]),
  );
  return [['scores', 'confidence_from', 'confidence_to', 'count', 'mean_confidence', 'observed_rate'], ...rows];
}

/** Each gamma with each alpha. Class shares have a column for each class. */
export function sweepRows({ grid }: Sweep, { per_class: classes }: Evaluation): CsvCell[][] {
  const titles = ['gamma', 'alpha', 'positive_share.loss', 'positive_share.gradient_l1', 'gradient_norm'];
  const shares = classes.map((row) => `class_loss_share ${row.name ?? row.class}`);
  const rows = grid.map((point) => [
    point.gamma,
    typeof point.alpha === 'number' ? point.alpha : point.alpha === null ? 'off' : JSON.stringify(point.alpha),
    point.positive_share.loss,
    point.positive_share.gradient_l1,
    point.gradient_norm,
    point.effective_examples,
    ...point.class_loss_shares,
  ]);
  return [[...titles, 'effective_examples', ...shares], ...rows];
}
