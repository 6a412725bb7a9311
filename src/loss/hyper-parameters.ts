import type { Batch } from './batch.ts';

/** The part of a batch that a sweep varies: γ and α, `[classes]` each. */
export type HyperParameters = Pick<Batch, 'gamma' | 'alpha'>;

/**
 * What a sweep evaluates its batch with: every γ with every α, all α of the first γ, then those of the next. A sweep may
 * have millions of numbers, so threads share their memory.
 */
export interface HyperParameterGrid {
  /** Each for all classes, `[gammas]`. */
  readonly gammas: Float64Array;
  /** The weights of positives, then of negatives: `[alphas, 2, classes]`. */
  readonly alphas: Float64Array;
  /** Whether the batch is one of sigmoid in which each label is 0, 1 or ignored. */
  readonly hardLabels: boolean;
}

/** How many evaluations there are of a batch of so many classes. */
export function evaluationCount({ gammas, alphas }: HyperParameterGrid, classes: number): number {
  return gammas.length * alphasPerGamma(alphas, classes);
}

export function alphasPerGamma(alphas: Float64Array, classes: number): number {
  return alphas.length / (2 * classes);
}

/** The hyperparameters of one evaluation; α is a view. */
export function hyperParametersAt(
  { gammas, alphas }: HyperParameterGrid,
  classes: number,
  evaluation: number,
): HyperParameters {
  const perGamma = alphasPerGamma(alphas, classes);
  const start = (evaluation % perGamma) * 2 * classes;
  const gamma = new Float64Array(classes).fill(gammas[Math.floor(evaluation / perGamma)]!);
  return {
    gamma: { positive: gamma, negative: gamma },
    alpha: {
      positive: alphas.subarray(start, start + classes),
      negative: alphas.subarray(start + classes, start + 2 * classes),
    },
  };
}
