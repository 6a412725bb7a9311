import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Batch } from '../loss/batch.ts';
import { totalsLength } from '../loss/evaluation.ts';
import type { HyperParameters } from '../loss/hyper-parameters.ts';
import type { IndexRange } from './tiling.ts';

/**
 * The contract of the focal kernels, one per activation, registered once per backend.
 *
 * Inputs:
 *   predictions     float32 [outer, classes, inner]
 *   labels          float32 [outer, classes, inner], each in [0, 1] or IGNORED; or
 *                   int32 [outer, inner], each in [0, classes), IGNORED or BACKGROUND
 *   sample_weights  float32 [outer, inner]; optional
 *   element_weights float32 [outer, classes, inner]; optional, sigmoid: elements are multiplied by both
 * Attributes: `options`, everything of a batch that is not one of these tensors.
 * Outputs: the sums, then the arrays of `kernelArrays(options)`, in that order.
 *   sums            [parts, totalsLength(options)]: of the classes, [classes, 2, 7] as in loss/class-sums.ts, then of the
 *                   bins, if requested, [20, 2, 4] as in loss/difficulty.ts. The host adds the parts in order, in float64.
 *                   The type is float32, or float64 in an int32 tensor with one more axis, of size 2: tfjs has no float64,
 *                   but some devices have.
 *   arrays          float32, each of `outputLength` elements
 */
export const KERNEL_NAMES = { sigmoid: 'FocalLossSigmoid', softmax: 'FocalLossSoftmax' } as const;

/**
 * Kernels that evaluate a batch with many γ and α at once, on backends that have them. Their inputs are those of the other
 * kernels; their attributes are `options`, `hyperParameters` and `labels`; their output is the sums,
 * `[evaluations, parts, totalsLength(options)]`.
 */
export const SWEEP_KERNEL_NAMES = { sigmoid: 'FocalLossSigmoidSweep', softmax: 'FocalLossSoftmaxSweep' } as const;

/** Which of a backend's sweep kernels is to serve: that for labels that are 0, 1 or ignored, or that for any. */
export type SweepLabels = 'hard' | 'soft';

export interface SweepAttributes {
  readonly options: KernelOptions;
  readonly hyperParameters: readonly HyperParameters[];
  readonly labels: SweepLabels;
}

export interface SweepKernelCall extends SweepAttributes {
  readonly inputs: KernelInputs;
}

export interface KernelInputs {
  readonly predictions: TensorInfo;
  readonly labels: TensorInfo;
  readonly sample_weights?: TensorInfo;
  readonly element_weights?: TensorInfo;
}

/** A batch without its tensors, and without the outputs that kernels do not compute. */
export type KernelOptions = Omit<Batch, 'predictions' | 'labels' | 'sampleWeights' | 'elementWeights'>;

// tfjs types a kernel's inputs and attributes loosely, so these functions cast them.

export function readKernelCall(call: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap | undefined }): {
  inputs: KernelInputs;
  options: KernelOptions;
} {
  return {
    inputs: call.inputs as unknown as KernelInputs,
    options: (call.attrs as unknown as { options: KernelOptions }).options,
  };
}

export function kernelAttributes(options: KernelOptions): NamedAttrMap {
  return { options } as unknown as NamedAttrMap;
}

export function readSweepCall(call: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap | undefined }): SweepKernelCall {
  const attributes = call.attrs as unknown as SweepAttributes;
  return { ...attributes, inputs: call.inputs as unknown as KernelInputs };
}

export function sweepAttributes(attributes: SweepAttributes): NamedAttrMap {
  return attributes as unknown as NamedAttrMap;
}

/** A kernel's sums, which are float32, or float64 in an int32 tensor. The result may share the memory of `sums`. */
export function toFloat64(sums: ArrayBufferView): Float64Array {
  if (!(sums instanceof Int32Array)) return Float64Array.from(sums as Float32Array);
  const { buffer, byteOffset, byteLength } =
    sums.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? sums : sums.slice();
  return new Float64Array(buffer, byteOffset, byteLength / Float64Array.BYTES_PER_ELEMENT);
}

/**
 * Adds up the sums of all parts, in float64 and in order.
 *
 * @param partSums `[evaluations, parts, totalsLength(batch)]`
 * @param totals where the result goes, `[evaluations, totalsLength(batch)]`; by default of one evaluation
 * @param range of the sums of each part; by default all
 */
export function addParts(
  partSums: Float64Array,
  batch: Pick<Batch, 'layout' | 'outputs'>,
  totals: Float64Array = new Float64Array(totalsLength(batch)),
  range: IndexRange = { from: 0, to: totalsLength(batch) },
): Float64Array {
  const size = totalsLength(batch);
  const parts = partSums.length / totals.length;
  for (let at = 0, part = 0; at < totals.length; at += size) {
    const end = part + parts * size;
    if (parts > 1) {
      // In one pass: of tens of thousands of classes there are two parts, and their sums are not in the cache.
      for (let i = range.from; i < range.to; i++) totals[at + i] = partSums[part + i]! + partSums[part + size + i]!;
      part += 2 * size;
    } else {
      totals.fill(0, at + range.from, at + range.to);
    }
    for (; part < end; part += size) {
      for (let i = range.from; i < range.to; i++) totals[at + i]! += partSums[part + i]!;
    }
  }
  return totals;
}
