import { count, percent, quantity } from '../format.ts';
import type { SweepPoint } from '../service/sweep.ts';

/** A number that the cells of the heatmap can show. */
export interface SweepMetric {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly value: (point: SweepPoint, selectedClass: number) => number | null;
  readonly format: (value: number) => string;
  /** The values of the lightest and the darkest color; null for the smallest and the largest value of the sweep. */
  readonly domain: readonly [number, number] | null;
  /** What a batch must have for the metric to apply: negatives, which softmax lacks, or more than one class. */
  readonly needs: 'sides' | 'classes' | null;
}

export const SWEEP_METRICS: readonly SweepMetric[] = [
  {
    id: 'loss-share',
    title: 'Positives’ share of the loss',
    description:
      'How much of the loss comes from positives. If it is low, negatives dominate the loss. If it is near 100 %, the model learns nothing from negatives.',
    value: (point) => point.positive_share.loss,
    format: percent,
    domain: [0, 1],
    needs: 'sides',
  },
  {
    id: 'gradient-share',
    title: 'Positives’ share of the gradient',
    description: 'How much of the gradient comes from positives. The gradient is what changes the model.',
    value: (point) => point.positive_share.gradient_l1,
    format: percent,
    domain: [0, 1],
    needs: 'sides',
  },
  {
    id: 'class-share',
    title: 'One class’s share of the loss',
    description:
      'How much of the loss comes from one class. The model learns a rare class only if its share is not too small.',
    value: (point, selectedClass) => point.class_loss_shares[selectedClass] ?? null,
    format: percent,
    domain: null,
    needs: 'classes',
  },
  {
    id: 'gradient-norm',
    title: 'Gradient norm',
    description:
      'How large the gradient is. If a choice halves the norm, double the learning rate or select another normalizer.',
    value: (point) => point.gradient_norm,
    format: quantity,
    domain: null,
    needs: null,
  },
  {
    id: 'effective-examples',
    title: 'Effective examples',
    description:
      'Over how many examples the gradient is spread. If there are few, their label errors have a large effect on the batch.',
    value: (point) => point.effective_examples,
    format: (value) => count(Math.max(value, 1)),
    domain: null,
    needs: null,
  },
];
