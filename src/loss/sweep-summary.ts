import { type Batch, scaleOf } from './batch.ts';
import { type ClassSums, readSums, SUMS_PER_CLASS, type SumField, totalOf } from './class-sums.ts';
import { clearTinySums } from './clear-tiny-sums.ts';
import { alphasPerGamma } from './hyper-parameters.ts';
import { classSideWeights } from './resolve-alpha.ts';
import type { ClassCounts } from './result.ts';
import { countClasses } from './summarize.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { SweepPoint } from './sweep-result.ts';

/** The cross-entropy and the classes, which do not depend on γ and α, and so are the same for all points of a sweep. */
export function summarizeClasses(
  batch: Batch,
  sums: ClassSums,
): { readonly cross_entropy: number; readonly classes: ClassCounts[] } {
  const first = sums.subarray(0, batch.layout.classes * SUMS_PER_CLASS);
  clearTinySums(batch, { sums: first });
  return { cross_entropy: totalOf(first, 'cross_entropy') * scaleOf(batch), classes: countClasses(batch, first) };
}

/** A point as responses have it; classes as columns, `[classes]`, with NaN where the total is 0. */
export type SweepPointSummary = Omit<SweepPoint, ClassList> & {
  readonly alpha_weights?: Float64Array;
  readonly class_loss_shares: Float64Array;
  readonly class_gradient_shares: Float64Array;
};
type ClassList = 'alpha_weights' | 'class_loss_shares' | 'class_gradient_shares';

/**
 * Yields the points of a sweep: all α of the first γ, then of the next.
 *
 * @param sums of the plan's evaluations, `[evaluations, classes, 14]`; those that are too small to be told from 0 are set to 0
 */
export function* summarizeSweep(batch: Batch, plan: SweepPlan, sums: ClassSums): Generator<SweepPointSummary> {
  const { classes } = batch.layout;
  const perEvaluation = classes * SUMS_PER_CLASS;
  const perGamma = alphasPerGamma(plan.hyperParameters.alphas, classes);
  const alphas = alphasOf(batch, plan);
  clearTinySums(withHyperParameters(batch, plan), { sums });
  for (const [g, gamma] of plan.gammas.entries()) {
    for (const alpha of alphas) {
      const start = (g * perGamma + alpha.evaluation) * perEvaluation;
      yield summarizePoint(batch, gamma, alpha, sums.subarray(start, start + perEvaluation));
    }
  }
}

/** With all γ and α, of which the largest matter. */
function withHyperParameters(batch: Batch, { gammas, hyperParameters: { alphas } }: SweepPlan): Batch {
  const gamma = Float64Array.from(gammas);
  return { ...batch, gamma: { positive: gamma, negative: gamma }, alpha: { positive: alphas, negative: alphas } };
}

interface PointAlpha {
  readonly given: unknown;
  readonly evaluation: number;
  /** Present if it is a scheme. */
  readonly alpha_weights?: Float64Array;
  /** The factors of the evaluation's sums, if it is one without α; `[classes]` each. */
  readonly factors?: Batch['alpha'];
}

function alphasOf(
  { activation, softLabels, layout: { classes } }: Batch,
  { alphas, weights, given }: SweepPlan,
): PointAlpha[] {
  const texts = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const ones = new Float64Array(classes).fill(1);
  let textStart = 0;
  return alphas.map(({ evaluation, isFactor, isOff, fromScheme, givenEnd }, i) => {
    const text = texts.toString('utf8', textStart, givenEnd);
    textStart = givenEnd;
    const row = weights.subarray(i * classes, (i + 1) * classes);
    const sides = classSideWeights(isOff ? undefined : row, ones, softLabels);
    const factors = activation === 'sigmoid' ? sides : { positive: sides.positive, negative: sides.positive };
    return {
      given: JSON.parse(text),
      evaluation,
      ...(fromScheme && { alpha_weights: row }),
      ...(isFactor && { factors }),
    };
  });
}

function summarizePoint(batch: Batch, gamma: number, alpha: PointAlpha, sums: ClassSums): SweepPointSummary {
  const { given, alpha_weights, factors } = alpha;
  const scale = scaleOf(batch);
  const loss = weightedSums(sums, 'loss', factors);
  const gradient = weightedSums(sums, 'gradient_l1', factors);
  const squares = weightedSums(sums, 'gradient_squares', factors).total;
  return {
    gamma,
    alpha: given,
    ...(alpha_weights && { alpha_weights }),
    loss: loss.total * scale,
    positive_share: { loss: part(loss.positive, loss.total), gradient_l1: part(gradient.positive, gradient.total) },
    gradient_norm: Math.sqrt(squares) * scale,
    effective_examples: part(gradient.total ** 2, squares),
    class_loss_shares: sharesOf(loss),
    class_gradient_shares: sharesOf(gradient),
  };
}

interface WeightedSums {
  readonly positive: number;
  /** Both sides together, `[classes]`. */
  readonly classes: Float64Array;
  readonly total: number;
}

/** A field's sums times the factors of α, which are squared for squares. */
function weightedSums(sums: ClassSums, field: SumField, factors: Batch['alpha'] | undefined): WeightedSums {
  const power = field === 'gradient_squares' ? 2 : 1;
  const negatives = readSums(sums, 'negative', field);
  let positive = 0;
  let total = 0;
  const classes = readSums(sums, 'positive', field).map((sum, c) => {
    const p = sum * (factors?.positive[c] ?? 1) ** power;
    const n = negatives[c]! * (factors?.negative[c] ?? 1) ** power;
    positive += p;
    total += p + n;
    return p + n;
  });
  return { positive, classes, total };
}

function sharesOf({ classes, total }: WeightedSums): Float64Array {
  return total === 0 ? new Float64Array(classes.length).fill(Number.NaN) : classes.map((sum) => sum / total);
}

function part(of: number, whole: number): number | null {
  return whole === 0 ? null : of / whole;
}
