import type { SweepPoint } from './answer.ts';
import { count, percent, quantity } from './format.ts';

/** What the cells of the map can show. */
export interface SweepMetric {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly value: (point: SweepPoint) => number | null;
  readonly format: (value: number) => string;
  /** What the darkest cell stands for; null for the largest there is. The lightest stands for nothing. */
  readonly most: number | null;
  /** Softmax has no negatives to share with. */
  readonly needsSides: boolean;
}

export const SWEEP_METRICS: readonly SweepMetric[] = [
  {
    id: 'loss-share',
    title: 'Positives’ part of the loss',
    meaning:
      'What positives hold of the loss. Where it is low, negatives drown them; where it is near all, nothing is learned of negatives.',
    value: (point) => point.positive_share.loss,
    format: percent,
    most: 1,
    needsSides: true,
  },
  {
    id: 'gradient-share',
    title: 'Positives’ part of the gradient',
    meaning: 'What positives hold of the pull on the logits, and that is what moves the model.',
    value: (point) => point.positive_share.gradient_l1,
    format: percent,
    most: 1,
    needsSides: true,
  },
  {
    id: 'gradient-norm',
    title: 'Gradient norm',
    meaning:
      'How strong the gradient is. A choice with half the norm wants twice the learning rate, or another normaliser.',
    value: (point) => point.gradient_norm,
    format: quantity,
    most: null,
    needsSides: false,
  },
  {
    id: 'effective-examples',
    title: 'Effective examples',
    meaning:
      'Over how many examples the gradient is spread. Few means that a handful, and their wrong labels, steer the batch.',
    value: (point) => point.effective_examples,
    format: (value) => count(Math.max(value, 1)),
    most: null,
    needsSides: false,
  },
];
