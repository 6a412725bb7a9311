import type { ClassBreakdown } from './answer.ts';
import { className } from './class-figure.ts';
import { count, parameter, percent } from './format.ts';

export interface ClassColumn {
  readonly title: string;
  /** To sort by; null sorts last. */
  readonly value: (row: ClassBreakdown) => number | string | null;
  readonly text: (row: ClassBreakdown) => string;
}

function number(
  title: string,
  value: (row: ClassBreakdown) => number | null,
  format: (value: number) => string,
): ClassColumn {
  const text = (row: ClassBreakdown) => {
    const at = value(row);
    return at === null ? '–' : format(at);
  };
  return { title, value, text };
}

export const CLASS_COLUMNS: readonly ClassColumn[] = [
  { title: 'Class', value: (row) => row.name ?? row.class, text: className },
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
];
