import type { AlphaScheme } from './alpha-scheme.ts';
import { type Batch, IGNORED } from './batch.ts';
import { classSideWeights, type ResolvedAlpha } from './class-options.ts';

/** The part of a batch that a sweep varies: γ and α, `[classes]` each. */
export type HyperParameters = Pick<Batch, 'gamma' | 'alpha'>;

/** The largest number of pairs of γ and α in one sweep. */
export const MAX_SWEEP_POINTS = 256;

/**
 * The largest number of pairs times classes: 256 pairs of 8192 classes. Each takes 250 bytes for its α, sums and shares and
 * their text, even if the batch is one sample: half a gigabyte in total, which counts towards the memory budget.
 */
export const MAX_SWEEP_SHARES = 2 ** 21;
/** What a class of a pair takes for its α and, in another thread, a copy of that. */
export const SHARE_ALPHA_BYTES = 64;

/** α as a request gives it. */
export type RequestedAlpha = number | number[] | AlphaScheme | null;

/** One α of a sweep. */
export type SweepAlpha = ResolvedAlpha & { readonly given: RequestedAlpha };

/** One α of a sweep, and how its results are computed. */
export type PlannedAlpha = SweepAlpha & {
  /** The index of its evaluation among those of each γ. */
  readonly evaluation: number;
  /** The factors of that evaluation's sums, if it is one without α; `[classes]` each. */
  readonly factors?: Batch['alpha'];
};

/** Every γ with every α of a sweep. It is plain data. */
export interface SweepPlan {
  readonly gammas: readonly number[];
  readonly alphas: readonly PlannedAlpha[];
  /** The evaluations to run: all of the first γ, then those of the next. */
  readonly hyperParameters: readonly HyperParameters[];
}

/**
 * Plans as few evaluations as possible: α is often a mere factor of the sums, and then one evaluation without α serves all
 * such α.
 *
 * A sum adds up absolute values of one side of a class. A factor of all elements of that side is therefore a factor of its
 * sums (squared, for the sum of squares), and the results equal those of a separate evaluation up to rounding:
 *   sigmoid, hard labels     α for positives, 1 − α for negatives; also at soft labels where the two are the same
 *   softmax, probabilities   α of the class: only the class's own term depends on a probability
 *   softmax, logits          only an α that is the same for all classes: that of a sample's true class multiplies the
 *                            gradients with respect to the logits of all others
 */
export function planSweep(batch: Batch, gammas: readonly number[], alphas: readonly SweepAlpha[]): SweepPlan {
  const { classes } = batch.layout;
  const hard = batch.activation === 'sigmoid' && areHard(batch);
  const evaluations: Batch['alpha'][] = [];
  let without: number | undefined;
  const planned = alphas.map((alpha): PlannedAlpha => {
    if (!isFactor(alpha.weights, batch, hard)) {
      return { ...alpha, evaluation: evaluations.push(classSideWeights(alpha.weights, batch.classWeights)) - 1 };
    }
    without ??= evaluations.push(classSideWeights(undefined, batch.classWeights)) - 1;
    const sides = classSideWeights(alpha.weights, new Float64Array(classes).fill(1));
    const factors = batch.activation === 'sigmoid' ? sides : { positive: sides.positive, negative: sides.positive };
    return { ...alpha, evaluation: without, factors };
  });
  const hyperParameters = gammas.flatMap((value) => {
    const gamma = new Float64Array(classes).fill(value);
    return evaluations.map((alpha): HyperParameters => ({ gamma, alpha }));
  });
  return { gammas, alphas: planned, hyperParameters };
}

function isFactor(weights: Float64Array | undefined, { activation, source }: Batch, hard: boolean): boolean {
  if (weights === undefined) return true;
  if (activation === 'sigmoid') return hard || weights.every((a) => a === 0.5);
  return source === 'probabilities' || weights.every((a) => a === weights[0]);
}

/** Whether every label that is not ignored is 0 or 1 after smoothing. */
function areHard({ labels, labelSmoothing }: Batch): boolean {
  if (labelSmoothing !== 0) return false;
  if (labels instanceof Int32Array) return true;
  return labels.every((y) => y === 0 || y === 1 || y === IGNORED);
}
