import type { Allocator } from '../core/allocator.ts';
import { RESULT_BYTES, type ResultFormat, viewResults } from '../core/float-format.ts';
import type { RegionNumbers } from '../core/shared-memory/region-numbers.ts';
import type { Batch } from './batch.ts';
import { type CalibrationSums, SUMS_OF_CALIBRATION } from './calibration.ts';
import { type ClassSums, SUMS_PER_CLASS } from './class-sums.ts';
import { type BinSums, SUMS_OF_BINS } from './difficulty.ts';
import type { Output } from './options.ts';
import { elementCount, sampleCount } from './tensor.ts';

/** Outputs with a value per element or per sample. */
export type ArrayOutput = Extract<Output, 'gradients' | 'elementwise' | 'hessian' | 'posterior'>;
const ARRAY_OUTPUTS: readonly ArrayOutput[] = ['gradients', 'elementwise', 'hessian', 'posterior'];

/** Of these, what the kernels of a backend compute; the host computes the others. */
export type KernelArray = Exclude<ArrayOutput, 'posterior'>;

/** The sums of a batch, before division by the denominator. */
export interface Totals {
  readonly sums: ClassSums;
  /** Present if `difficulty` is requested. */
  readonly bins?: BinSums;
  /** Present if `calibration` is requested. */
  readonly calibration?: CalibrationSums;
}

/**
 * The results of a batch: the requested arrays, and the totals.
 *
 * `gradients` and `hessian` (the diagonal) have the predictions' shape and are divided by the denominator. `elementwise` is
 * not divided; it has the predictions' shape for sigmoid, and one value per sample for softmax. `posterior` has the predictions'
 * shape.
 */
export interface Evaluation<TypedNumbers = Float32Array> extends Totals {
  readonly arrays: { readonly [output in ArrayOutput]?: TypedNumbers };
}

/** The fields of a batch that determine which outputs it has, and their lengths. */
export type EvaluationShape = Pick<Batch, 'activation' | 'layout' | 'outputs'>;

/** Arrays in the requested formats; a Uint16Array holds the bits of a `Float16Format`. */
export type StoredArrays = Evaluation<Float32Array | Uint16Array>['arrays'];

/** Arrays that are written to regions of shared memory. */
export type RegionArrays = Evaluation<RegionNumbers>['arrays'];

/** Where an engine writes arrays. */
export type ArrayTargets = Evaluation<Float32Array | Uint16Array | RegionNumbers>['arrays'];

/** The format that an output is rounded to. */
export function resultFormat(batch: Pick<Batch, 'gradientsFormat'>, output: ArrayOutput): ResultFormat {
  return output === 'gradients' ? batch.gradientsFormat : 'F32';
}

/** The length of an output. */
export function outputLength(batch: EvaluationShape, output: ArrayOutput): number {
  const perSample = output === 'elementwise' && batch.activation === 'softmax';
  return perSample ? sampleCount(batch.layout) : elementCount(batch.layout);
}

/** Whether all sums are requested; otherwise only the total loss is, on either side. */
export function wantsAllSums({ outputs, gradientSquares }: Pick<Batch, 'outputs' | 'gradientSquares'>): boolean {
  return outputs.includes('per_class') || outputs.includes('difficulty') || gradientSquares;
}

/** The length of a batch's totals. */
export function totalsLength({ layout, outputs }: Pick<Batch, 'layout' | 'outputs'>): number {
  return (
    layout.classes * SUMS_PER_CLASS +
    (outputs.includes('difficulty') ? SUMS_OF_BINS : 0) +
    (outputs.includes('calibration') ? SUMS_OF_CALIBRATION : 0)
  );
}

/** Views an array as totals: the sums of the classes, then those of the bins of `difficulty` and of `calibration`. */
export function viewTotals(numbers: Float64Array, { layout, outputs }: Pick<Batch, 'layout' | 'outputs'>): Totals {
  const end = layout.classes * SUMS_PER_CLASS;
  const endOfBins = end + (outputs.includes('difficulty') ? SUMS_OF_BINS : 0);
  return {
    sums: numbers.subarray(0, end),
    ...(endOfBins > end && { bins: numbers.subarray(end, endOfBins) }),
    ...(outputs.includes('calibration') && { calibration: numbers.subarray(endOfBins) }),
  };
}

/** The array outputs that were requested, in the order of `ARRAY_OUTPUTS`. */
export function requestedArrays(batch: EvaluationShape): ArrayOutput[] {
  return ARRAY_OUTPUTS.filter((output) => batch.outputs.includes(output));
}

/** Likewise of those that kernels compute. */
export function kernelArrays(batch: EvaluationShape): KernelArray[] {
  return requestedArrays(batch).filter((output) => output !== 'posterior');
}

/** The outputs that kernels compute, or nothing else does. */
export function kernelOutputs(outputs: readonly Output[]): readonly Output[] {
  return outputs.filter((output) => output !== 'posterior' && output !== 'calibration');
}

/** Allocates the array outputs of a batch in the requested formats; they are not cleared. */
export function allocateResults(batch: Batch, allocator: Allocator): StoredArrays {
  const arrays: { [output in ArrayOutput]?: Float32Array | Uint16Array } = {};
  for (const output of requestedArrays(batch)) {
    const format = resultFormat(batch, output);
    const length = outputLength(batch, output);
    arrays[output] = viewResults(format, allocator.bytes(RESULT_BYTES[format] * length));
  }
  return arrays;
}

/** An evaluation of the requested outputs, all 0. */
export function emptyEvaluation<TypedNumbers>(
  batch: EvaluationShape,
  allocate: (length: number) => TypedNumbers,
): Evaluation<TypedNumbers> {
  const arrays: { [output in ArrayOutput]?: TypedNumbers } = {};
  for (const output of requestedArrays(batch)) arrays[output] = allocate(outputLength(batch, output));
  return { arrays, ...viewTotals(new Float64Array(totalsLength(batch)), batch) };
}
