import { type Batch, scaleOf } from './batch.ts';
import { type ClassSums, readSum, SUMS_PER_CLASS, type SumField, totalOf } from './class-sums.ts';
import type { PlannedAlpha, SweepPlan } from './sweep-plan.ts';
import type { SweepClass, SweepPoint } from './sweep-result.ts';

/** What all points of a sweep have in common: the cross-entropy, and the classes. Neither γ nor α moves them. */
export function summarizeClasses(
  batch: Batch,
  sums: ClassSums,
): { readonly cross_entropy: number; readonly classes: SweepClass[] } {
  const first = sums.subarray(0, batch.layout.classes * SUMS_PER_CLASS);
  const classes = Array.from({ length: batch.layout.classes }, (_, c) => {
    const positives = readSum(first, c, 'positive', 'count');
    const negatives = readSum(first, c, 'negative', 'count');
    const name = batch.classNames?.[c];
    return {
      class: c,
      ...(name !== undefined && { name }),
      positives,
      negatives,
      ignored: batch.counts.samples - positives - negatives,
    };
  });
  return { cross_entropy: totalOf(first, 'cross_entropy') * scaleOf(batch), classes };
}

/**
 * The points of a sweep one by one, γ by γ.
 *
 * @param sums of the plan's evaluations, one after another
 */
export function* summarizeSweep(batch: Batch, plan: SweepPlan, sums: ClassSums): Generator<SweepPoint> {
  const perEvaluation = batch.layout.classes * SUMS_PER_CLASS;
  const evaluations = plan.hyperParameters.length / plan.gammas.length;
  for (const [g, gamma] of plan.gammas.entries()) {
    for (const alpha of plan.alphas) {
      const start = (g * evaluations + alpha.evaluation) * perEvaluation;
      yield summarizePoint(batch, gamma, alpha, sums.subarray(start, start + perEvaluation));
    }
  }
}

function summarizePoint(batch: Batch, gamma: number, alpha: PlannedAlpha, sums: ClassSums): SweepPoint {
  const scale = scaleOf(batch);
  const loss = weighed(sums, 'loss', alpha.factors);
  const gradient = weighed(sums, 'gradient_l1', alpha.factors);
  const squares = weighed(sums, 'gradient_squares', alpha.factors).total;
  return {
    gamma,
    alpha: alpha.given,
    ...(alpha.fromScheme && { alpha_weights: [...alpha.weights] }),
    loss: loss.total * scale,
    positive_share: { loss: part(loss.positive, loss.total), gradient_l1: part(gradient.positive, gradient.total) },
    gradient_norm: Math.sqrt(squares) * scale,
    effective_examples: part(gradient.total ** 2, squares),
    class_loss_shares: loss.classes.map((sum) => part(sum, loss.total)),
    class_gradient_shares: gradient.classes.map((sum) => part(sum, gradient.total)),
  };
}

interface Weighed {
  readonly positive: number;
  /** Both sides of each class. */
  readonly classes: readonly number[];
  readonly total: number;
}

/** A field's sums with the factors of α, which squares carry twice. */
function weighed(sums: ClassSums, field: SumField, factors: Batch['alpha'] | undefined): Weighed {
  const power = field === 'gradient_squares' ? 2 : 1;
  let positive = 0;
  let total = 0;
  const classes = Array.from({ length: sums.length / SUMS_PER_CLASS }, (_, c) => {
    const p = readSum(sums, c, 'positive', field) * (factors?.positive[c] ?? 1) ** power;
    const n = readSum(sums, c, 'negative', field) * (factors?.negative[c] ?? 1) ** power;
    positive += p;
    total += p + n;
    return p + n;
  });
  return { positive, classes, total };
}

function part(of: number, whole: number): number | null {
  return whole === 0 ? null : of / whole;
}
