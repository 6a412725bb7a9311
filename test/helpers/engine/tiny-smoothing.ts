import type { Batch } from '../../../src/loss/batch.ts';
import { type ClassSums, SUM_FIELDS, SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';
import { type ArrayOutput, type Evaluation, requestedArrays } from '../../../src/loss/evaluation.ts';
import type { HyperParameterGrid } from '../../../src/loss/hyper-parameters.ts';
import { fromLogit, fromProbability } from '../../../src/loss/log-probabilities.ts';
import type { Output } from '../../../src/loss/options.ts';
import { smoothedLabel } from '../../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../../harness/soft-magnitudes.ts';
import { logitsBatch, referenceEvaluation } from './batches.ts';
import { worstError, worstOfSums } from './conformance.ts';
import { readFixture } from './request-batches.ts';
import { sigmoidSumsOfTerms } from './soft-sigmoid-magnitudes.ts';
import { bySample, type ClassLayout } from './tiled-golden.ts';
import type { Tolerance } from './tolerance.ts';

/**
 * Labels of 1, or just below, that are smoothed by very little, with 60-digit results. Each element is a class of its own, so that
 * its sums are not lost in those of larger ones.
 */
export interface SmoothedCase {
  readonly request: {
    readonly logits?: readonly number[];
    readonly probabilities?: readonly number[];
    readonly labels: readonly number[];
    readonly epsilon: number;
    readonly label_smoothing: number;
    readonly soft_labels: 'interpolated' | 'termwise' | 'quality';
  };
  readonly cross_entropy: readonly string[];
  readonly expect: readonly SmoothedResults[];
}

interface SmoothedOptions {
  readonly gamma: number;
  readonly alpha: number;
}

type SmoothedResults = SmoothedOptions & { readonly [output in ArrayOutput]: readonly string[] };

export function tinySmoothing(): readonly SmoothedCase[] {
  return readFixture<{ readonly cases: readonly SmoothedCase[] }>('tiny-smoothing.json').cases;
}

export function nameOf({ request }: SmoothedCase): string {
  const source = request.logits ? 'logits' : 'probabilities';
  return `${request.soft_labels}, ${source}, smoothing ${request.label_smoothing}`;
}

/** A batch of so many equal samples. */
export function smoothedBatch(
  { request }: SmoothedCase,
  { gamma, alpha }: SmoothedOptions,
  outputs: readonly Output[],
  samples = 1,
  layout: ClassLayout = 'class last',
): Batch {
  const { logits, probabilities, labels, ...given } = request;
  const first = layout === 'class first';
  const repeated = (values: readonly number[]) =>
    first
      ? values.flatMap((value) => new Array<number>(samples).fill(value))
      : Array.from({ length: samples }, () => values).flat();
  const shape = first ? [1, labels.length, samples] : [samples, labels.length];
  const options = { ...given, class_axis: first ? 1 : -1, reduction: 'sum', outputs };
  const tensors = { source: logits ? 'logits' : 'probabilities', gamma, alpha } as const;
  const predictions = repeated(logits ?? probabilities!);
  return { ...logitsBatch(shape, predictions, shape, repeated(labels), tensors, options), gradientSquares: true };
}

/** All options of a case, in the order of its results. */
export function smoothedGrid({ request, expect }: SmoothedCase): HyperParameterGrid {
  const ofAllClasses = (value: number) => new Array<number>(request.labels.length).fill(value);
  const alphas = [...new Set(expect.map(({ alpha }) => alpha))];
  return {
    gammas: new Float64Array(new Set(expect.map(({ gamma }) => gamma))),
    alphas: Float64Array.from(alphas.flatMap((alpha) => [...ofAllClasses(alpha), ...ofAllClasses(1 - alpha)])),
    hardLabels: false,
  };
}

/** Compares arrays and sums of a batch with the 60-digit ones, and returns the worst relative error. */
export function conformsToSmoothed(
  each: SmoothedCase,
  batch: Batch,
  { arrays, sums }: Evaluation<Float32Array | Float64Array>,
  tolerance: Tolerance,
  layout: ClassLayout = 'class last',
): number {
  const { classes, inner, outer } = batch.layout;
  const samples = inner * outer;
  const name = `${nameOf(each)}, gamma ${batch.gamma.positive[0]}, alpha ${batch.alpha.positive[0]}`;
  const results = resultsOf(each, batch);
  const terms = termsOf(each, batch);
  const errors = requestedArrays(batch).map((output) => {
    const repeated = (values: ArrayLike<number>) =>
      Float64Array.from({ length: samples * classes }, (_, i) => values[i % classes]!);
    const actual = bySample(arrays[output]!, classes, layout);
    const expected = results[output].map(Number);
    const magnitudes = repeated(terms[output] ?? expected);
    return worstError(actual, repeated(expected), tolerance.arrays, `${name}: ${output}`, magnitudes);
  });
  return Math.max(worstOfSmoothedSums(each, batch, sums, tolerance), ...errors);
}

/** Likewise of sums alone. */
export function worstOfSmoothedSums(each: SmoothedCase, batch: Batch, sums: ClassSums, tolerance: Tolerance): number {
  const { inner, outer } = batch.layout;
  const name = `${nameOf(each)}, gamma ${batch.gamma.positive[0]}, alpha ${batch.alpha.positive[0]}: sums`;
  const { elementwise, gradients } = resultsOf(each, batch);
  const known = {
    loss: elementwise.map(Number),
    cross_entropy: each.cross_entropy.map(Number),
    gradient_l1: gradients.map((value) => Math.abs(Number(value))),
    gradient_squares: gradients.map((value) => Number(value) ** 2),
  };
  const expected = referenceEvaluation(batch).sums; // Counts and p_t are those of the reference.
  for (const [field, values] of Object.entries(known)) {
    const first = SUM_FIELDS.indexOf(field as keyof typeof known); // All labels are positive.
    for (const [c, value] of values.entries()) expected[c * SUMS_PER_CLASS + first] = inner * outer * value;
  }
  return worstOfSums(sums, expected, tolerance.totals, name, sigmoidSumsOfTerms(batch));
}

function resultsOf({ expect }: SmoothedCase, { gamma, alpha }: Batch): SmoothedResults {
  return expect.find((results) => results.gamma === gamma.positive[0] && results.alpha === alpha.positive[0])!;
}

/** Σ |terms| of the outputs whose terms cancel. */
function termsOf(
  { request }: SmoothedCase,
  { gamma, alpha, softLabels }: Batch,
): { [output in ArrayOutput]?: number[] } {
  const { logits, probabilities, labels, epsilon, label_smoothing } = request;
  const sides = { positive: alpha.positive[0]!, negative: alpha.negative[0]! };
  const terms = (logits ?? probabilities!).map((x, c) => {
    const logProbs = logits ? fromLogit(x) : fromProbability(x, epsilon);
    return termMagnitudes(logProbs, smoothedLabel(labels[c]!, label_smoothing), gamma.positive[0]!, sides, softLabels);
  });
  return { gradients: terms.map(({ gradient }) => gradient), hessian: terms.map(({ hessian }) => hessian) };
}
