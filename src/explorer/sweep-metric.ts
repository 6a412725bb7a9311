import type { SweepPoint } from './answer.ts';
import { count, percent, quantity } from './format.ts';

/** What the cells of the map can show. */
export interface SweepMetric {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly value: (point: SweepPoint, chosenClass: number) => number | null;
  readonly format: (value: number) => string;
  /** What the lightest and the darkest cell stand for; null for the smallest and the largest there are. */
  readonly range: readonly [number, number] | null;
  /** What a batch must have for it to say anything: negatives, which softmax has none of, or more than one class. */
  readonly needs: 'sides' | 'classes' | null;
}

export const SWEEP_METRICS: readonly SweepMetric[] = [
  {
    id: 'loss-share',
    title: 'Positives’ part of the loss',
    meaning:
      'What positives hold of the loss. Where it is low, negatives drown them; where it is near all, nothing is learned of negatives.',
    value: (point) => point.positive_share.loss,
    format: percent,
    range: [0, 1],
    needs: 'sides',
  },
  {
    id: 'gradient-share',
    title: 'Positives’ part of the gradient',
    meaning: 'What positives hold of the pull on the logits, and that is what moves the model.',
    value: (point) => point.positive_share.gradient_l1,
    format: percent,
    range: [0, 1],
    needs: 'sides',
  },
  {
    id: 'class-share',
    title: 'One class’s part of the loss',
    meaning: 'What one class holds of the loss. A rare class that should be learned needs a part of it.',
    value: (point, chosenClass) => point.class_loss_shares[chosenClass] ?? null,
    format: percent,
    range: null,
    needs: 'classes',
  },
  {
    id: 'gradient-norm',
    title: 'Gradient norm',
    meaning:
      'How strong the gradient is. A choice with half the norm wants twice the learning rate, or another normaliser.',
    value: (point) => point.gradient_norm,
    format: quantity,
    range: null,
    needs: null,
  },
  {
    id: 'effective-examples',
    title: 'Effective examples',
    meaning:
      'Over how many examples the gradient is spread. Few means that a handful, and their wrong labels, steer the batch.',
    value: (point) => point.effective_examples,
    format: (value) => count(Math.max(value, 1)),
    range: null,
    needs: null,
  },
];
