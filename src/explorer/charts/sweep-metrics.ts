import { barePercent, count, percent, quantity, short } from '../format.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import type { SweepPoint } from '../service/sweep.ts';
import type { Scale } from './color-scale.ts';
import { totals } from './totals.ts';

/** A number that the cells of the heatmap can show. */
export interface SweepMetric {
  readonly id: string;
  readonly title: string;
  /** As it stands in a sentence, in front of a number. */
  readonly phrase: string;
  readonly description: string;
  readonly value: (point: SweepPoint, selectedClass: number) => number | null;
  /** The same of the current evaluation, whose γ and α may not be in the grid; null if it does not tell. */
  readonly current: (classes: readonly ClassBreakdown[], selectedClass: number) => number | null;
  readonly format: (value: number) => string;
  /** As `format`, but so short that a cell on a phone holds it. */
  readonly cell: (value: number) => string;
  readonly isShare: boolean;
  /** A diverging scale is fixed at 0, one half and 1. A sequential one ends at the smallest and the largest value of the sweep. */
  readonly scale: Scale;
  /** What a batch must have for the metric to apply: negatives, which softmax lacks, or more than one class. */
  readonly needs: 'sides' | 'classes' | null;
}

const SHARE = { format: percent, cell: barePercent, isShare: true } as const;
const OF_POSITIVES = { ...SHARE, scale: 'diverging', needs: 'sides' } as const;
const NO_SHARE = { isShare: false, scale: 'sequential', needs: null, current: () => null } as const;

export const SWEEP_METRICS: readonly SweepMetric[] = [
  {
    ...OF_POSITIVES,
    id: 'gradient-share',
    title: 'Positives’ share of the gradient',
    phrase: 'positives’ share of the gradient',
    description:
      'How much of the gradient, which is what changes the model, comes from positives. Near one half, both sides have a say: that is where to start.',
    value: (point) => point.positive_share.gradient_l1,
    current: (classes) => totals(classes, 'gradient_l1').positiveShare,
  },
  {
    ...OF_POSITIVES,
    id: 'loss-share',
    title: 'Positives’ share of the loss',
    phrase: 'positives’ share of the loss',
    description:
      'How much of the loss comes from positives. If it is low, negatives dominate the loss. If it is near 100 %, the model learns nothing from negatives.',
    value: (point) => point.positive_share.loss,
    current: (classes) => totals(classes, 'loss').positiveShare,
  },
  {
    ...SHARE,
    id: 'class-share',
    title: 'One class’s share of the loss',
    phrase: 'the class’s share of the loss',
    description:
      'How much of the loss comes from one class. The model learns a rare class only if its share is not too small.',
    value: (point, selectedClass) => point.class_loss_shares[selectedClass] ?? null,
    current: (classes, selectedClass) => classes.find((one) => one.class === selectedClass)?.loss.share ?? null,
    scale: 'sequential',
    needs: 'classes',
  },
  {
    ...NO_SHARE,
    id: 'gradient-norm',
    title: 'Gradient norm',
    phrase: 'the gradient norm',
    description:
      'How large the gradient is. If a choice halves the norm, double the learning rate or select another normalizer.',
    value: (point) => point.gradient_norm,
    format: quantity,
    cell: short,
  },
  {
    ...NO_SHARE,
    id: 'effective-examples',
    title: 'Effective examples',
    phrase: 'effective examples',
    description:
      'Over how many examples the gradient is spread. If there are few, their label errors have a large effect on the batch.',
    value: (point) => point.effective_examples,
    format: (value) => count(Math.max(value, 1)),
    cell: (value) => short(Math.max(value, 1)),
  },
];
