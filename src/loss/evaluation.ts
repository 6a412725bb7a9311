import type { Batch } from './batch.ts';
import { type ClassSums, SUMS_PER_CLASS } from './class-sums.ts';
import { elementCount, sampleCount } from './layout.ts';
import type { Output } from './options.ts';

/** Outputs with a value per element or per sample. */
export type ArrayOutput = Extract<Output, 'gradients' | 'elementwise' | 'hessian'>;
const ARRAY_OUTPUTS: readonly ArrayOutput[] = ['gradients', 'elementwise', 'hessian'];

/**
 * What an engine makes of a batch: the arrays that were asked for, and the sums.
 *
 * `gradients` and `hessian` (its diagonal) have the predictions' shape and are divided by the denominator.
 * `elementwise` is not; it has the predictions' shape for sigmoid, the samples' for softmax. `sums` are not either.
 */
export interface Evaluation<Numbers = Float32Array> {
  readonly arrays: { readonly [output in ArrayOutput]?: Numbers };
  readonly sums: ClassSums;
}

/** What of a batch tells which outputs it has and how long they are. */
export type EvaluationShape = Pick<Batch, 'activation' | 'layout' | 'outputs'>;

/** How many numbers an output has. */
export function outputLength(batch: EvaluationShape, output: ArrayOutput): number {
  const perSample = output === 'elementwise' && batch.activation === 'softmax';
  return perSample ? sampleCount(batch.layout) : elementCount(batch.layout);
}

/** The array outputs that were asked for, in the order of `ARRAY_OUTPUTS`. */
export function requestedArrays(batch: EvaluationShape): ArrayOutput[] {
  return ARRAY_OUTPUTS.filter((output) => batch.outputs.includes(output));
}

/** Room for what a batch asks for, all 0. */
export function emptyEvaluation<Numbers>(
  batch: EvaluationShape,
  allocate: (length: number) => Numbers,
): Evaluation<Numbers> {
  const arrays: { [output in ArrayOutput]?: Numbers } = {};
  for (const output of requestedArrays(batch)) arrays[output] = allocate(outputLength(batch, output));
  return { arrays, sums: new Float64Array(batch.layout.classes * SUMS_PER_CLASS) };
}
