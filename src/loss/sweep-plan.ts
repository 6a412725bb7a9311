import { type Allocator, unpooled } from '../core/allocator.ts';
import type { AlphaScheme } from './alpha-scheme.ts';
import { type Batch, IGNORED } from './batch.ts';
import type { HyperParameterGrid } from './hyper-parameters.ts';
import { hasUnweightedPositives } from './labelled-term.ts';
import { classSideWeights, type ResolvedAlpha } from './resolve-alpha.ts';

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
export interface PlannedAlpha {
  /** The index of its evaluation among those of each γ. */
  readonly evaluation: number;
  /** Whether that evaluation is one without α, whose sums are multiplied by the α. */
  readonly isFactor: boolean;
  readonly isOff: boolean;
  readonly fromScheme: boolean;
  /** Where its JSON text ends in the plan's `given`, and that of the next one starts. */
  readonly givenEnd: number;
}

/** Every γ with every α of a sweep. It is plain data, and all that has an item per class is in memory that threads share. */
export interface SweepPlan {
  readonly gammas: readonly number[];
  readonly alphas: readonly PlannedAlpha[];
  /** The resolved α, `[alphas, classes]`; 1 for those that are off. */
  readonly weights: Float64Array;
  /** The α as they were sent: JSON texts, one after another. */
  readonly given: Uint8Array;
  /** The evaluations to run. */
  readonly hyperParameters: HyperParameterGrid;
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
 * It is no factor of what Poly-1 adds, which has no α, nor of positives with `varifocal` and `matchability`, which have none.
 */
export function planSweep(
  batch: Batch,
  gammas: readonly number[],
  alphas: readonly SweepAlpha[],
  allocator: Allocator = unpooled,
): SweepPlan {
  const { classes } = batch.layout;
  const hard = batch.activation === 'sigmoid' && areHard(batch);
  const evaluations: Batch['alpha'][] = [];
  const weights = allocator.float64(alphas.length * classes);
  const texts: Buffer[] = [];
  let givenEnd = 0;
  let without: number | undefined;
  const planned = alphas.map(({ weights: alpha, fromScheme, given }, i): PlannedAlpha => {
    const text = Buffer.from(JSON.stringify(given));
    texts.push(text);
    givenEnd += text.length;
    const row = weights.subarray(i * classes, (i + 1) * classes);
    if (alpha === undefined) row.fill(1);
    else row.set(alpha);
    const isFactor = isFactorOfSums(alpha, batch, hard);
    const add = (side: Float64Array | undefined) =>
      evaluations.push(classSideWeights(side, batch.classWeights, batch.softLabels)) - 1;
    if (isFactor) without ??= add(undefined);
    const evaluation = isFactor ? without! : add(alpha);
    return { evaluation, isFactor, isOff: alpha === undefined, fromScheme, givenEnd };
  });
  const given = allocator.bytes(givenEnd);
  given.set(Buffer.concat(texts));
  return {
    gammas,
    alphas: planned,
    weights,
    given,
    hyperParameters: { ...gridOf(gammas, evaluations, classes, allocator), hardLabels: hard },
  };
}

function gridOf(
  gammas: readonly number[],
  evaluations: readonly Batch['alpha'][],
  classes: number,
  allocator: Allocator,
): Omit<HyperParameterGrid, 'hardLabels'> {
  const grid = {
    gammas: allocator.float64(gammas.length),
    alphas: allocator.float64(evaluations.length * 2 * classes),
  };
  grid.gammas.set(gammas);
  for (const [i, { positive, negative }] of evaluations.entries()) {
    grid.alphas.set(positive, 2 * i * classes);
    grid.alphas.set(negative, (2 * i + 1) * classes);
  }
  return grid;
}

function isFactorOfSums(weights: Float64Array | undefined, batch: Batch, hard: boolean): boolean {
  const { activation, source, softLabels, polyEpsilon } = batch;
  if (weights === undefined) return true;
  if (polyEpsilon !== 0 || hasUnweightedPositives(softLabels)) return false;
  if (activation === 'sigmoid') return hard || weights.every((a) => a === 0.5);
  return source === 'probabilities' || weights.every((a) => a === weights[0]);
}

/** Whether every label that is not ignored is 0 or 1 after smoothing. */
function areHard({ labels, labelSmoothing }: Batch): boolean {
  if (labelSmoothing !== 0) return false;
  if (!(labels instanceof Float32Array)) return true;
  // A loop takes a tenth of the time of `every`.
  for (let at = 0; at < labels.length; at++) {
    const y = labels[at]!;
    if (y !== 0 && y !== 1 && y !== IGNORED) return false;
  }
  return true;
}
