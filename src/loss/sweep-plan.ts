import { classSideWeights, type ResolvedAlpha } from './alpha.ts';
import type { AlphaScheme } from './alpha-scheme.ts';
import { type Batch, IGNORED } from './batch.ts';

/** What of a batch a sweep varies. */
export type HyperParameters = Pick<Batch, 'gamma' | 'alpha'>;

/** The most pairs of γ and α in one sweep. */
export const MAX_SWEEP_POINTS = 256;

/**
 * The most pairs times classes: 256 pairs of 8192 classes. Of each there are an α, sums and shares, and their text, 250
 * bytes in all, though a batch of many classes may be one sample. So many take half a gigabyte, out of the memory budget.
 */
export const MAX_SWEEP_SHARES = 2 ** 21;

/** α as a request has it. */
export type RequestedAlpha = number | number[] | AlphaScheme | null;

/** One of the α that a sweep goes through. */
export type SweepAlpha = ResolvedAlpha & { readonly given: RequestedAlpha };

/** Where its results come from. */
export type PlannedAlpha = SweepAlpha & {
  /** Which of the evaluations of each γ. */
  readonly evaluation: number;
  /** What that one's sums are multiplied by, where it is one without α; `[classes]` each. */
  readonly factors?: Batch['alpha'];
};

/** Every γ with every α, of a batch. It is plain data. */
export interface SweepPlan {
  readonly gammas: readonly number[];
  readonly alphas: readonly PlannedAlpha[];
  /** What has to be evaluated: all evaluations of the first γ, then those of the next. */
  readonly hyperParameters: readonly HyperParameters[];
}

/**
 * Finds out how few evaluations a sweep takes: α is a mere factor more often than not, and what it does to the sums is
 * then known from an evaluation without it, which serves all such α.
 *
 * A sum is of a class and a side, and adds up absolute values. So a factor of all elements of a class's side is one of
 * its sums (squared, of its squares), and the sums are those of an evaluation of its own but for rounding:
 *   sigmoid, hard labels     α for positives, 1 − α for negatives; also at soft labels where the two are the same
 *   softmax, probabilities   α of the class: each probability moves the term of its own class alone
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

/** Whether every label that counts is 0 or 1 when the loss sees it. */
function areHard({ labels, labelSmoothing }: Batch): boolean {
  if (labelSmoothing !== 0) return false;
  if (labels instanceof Int32Array) return true;
  return labels.every((y) => y === 0 || y === 1 || y === IGNORED);
}
