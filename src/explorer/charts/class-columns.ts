import { count, parameter, percent, signed } from '../format.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';

export interface ClassColumn {
  readonly title: string;
  /** The sort key; null sorts last. */
  readonly value: (row: ClassBreakdown) => number | string | null;
  readonly text: (row: ClassBreakdown) => string;
}

function number(
  title: string,
  value: (row: ClassBreakdown) => number | null,
  format: (value: number) => string,
): ClassColumn {
  const text = (row: ClassBreakdown) => {
    const number = value(row);
    return number === null ? '–' : format(number);
  };
  return { title, value, text };
}

export const CLASS_COLUMNS: readonly ClassColumn[] = [
  { title: 'Class', value: (row) => row.name ?? row.class, text: classLabel },
  number('Cross-entropy', (row) => row.cross_entropy.share, percent),
  number('Focal loss', (row) => row.loss.share, percent),
  number('Gradient', (row) => row.gradient_l1.share, percent),
  number('Positives', (row) => row.positives, count),
  number('Negatives', (row) => row.negatives, count),
  number('Mean p_t, pos.', (row) => row.mean_pt.positive, parameter),
  number('Mean p_t, neg.', (row) => row.mean_pt.negative, parameter),
  number('TP', (row) => row.true_positives, count),
  number('FN', (row) => row.false_negatives, count),
  number('FP', (row) => row.false_positives, count),
  number('Prior', (row) => row.prior ?? null, percent),
  number(
    'Initial logit',
    (row) => row.initial_logit ?? null,
    (value) => signed(Number(value.toFixed(2))),
  ),
];
