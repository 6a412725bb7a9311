import { type Batch, scaleOf } from './batch.ts';
import { type ClassSums, readSums, SUMS_PER_CLASS, type SumField, totalOf } from './class-sums.ts';
import type { ClassCounts } from './result.ts';
import { countClasses } from './summarize.ts';
import type { PlannedAlpha, SweepPlan } from './sweep-plan.ts';
import type { SweepPoint } from './sweep-result.ts';

/** The cross-entropy and the classes, which do not depend on γ and α, and so are the same for all points of a sweep. */
export function summarizeClasses(
  batch: Batch,
  sums: ClassSums,
): { readonly cross_entropy: number; readonly classes: ClassCounts[] } {
  const first = sums.subarray(0, batch.layout.classes * SUMS_PER_CLASS);
  return { cross_entropy: totalOf(first, 'cross_entropy') * scaleOf(batch), classes: countClasses(batch, first) };
}

/**
 * Yields the points of a sweep: all α of the first γ, then of the next.
 *
 * @param sums of the plan's evaluations, `[evaluations, classes, 14]`
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
  const loss = weightedSums(sums, 'loss', alpha.factors);
  const gradient = weightedSums(sums, 'gradient_l1', alpha.factors);
  const squares = weightedSums(sums, 'gradient_squares', alpha.factors).total;
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

interface WeightedSums {
  readonly positive: number;
  /** Both sides together, `[classes]`. */
  readonly classes: readonly number[];
  readonly total: number;
}

/** A field's sums times the factors of α, which are squared for squares. */
function weightedSums(sums: ClassSums, field: SumField, factors: Batch['alpha'] | undefined): WeightedSums {
  const power = field === 'gradient_squares' ? 2 : 1;
  const negatives = readSums(sums, 'negative', field);
  let positive = 0;
  let total = 0;
  const classes = Array.from(readSums(sums, 'positive', field), (sum, c) => {
    const p = sum * (factors?.positive[c] ?? 1) ** power;
    const n = negatives[c]! * (factors?.negative[c] ?? 1) ** power;
    positive += p;
    total += p + n;
    return p + n;
  });
  return { positive, classes, total };
}

function part(of: number, whole: number): number | null {
  return whole === 0 ? null : of / whole;
}
