import { unpooled } from '../core/allocator.ts';
import type { FloatFormat, ResultFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { isInRegion, loadNumbers, type RegionNumbers } from '../core/shared-memory/region-numbers.ts';
import type { ClassNames } from './class-names.ts';
import type { Side } from './class-sums.ts';
import type { Detached } from './focal-term.ts';
import type { SoftLabels } from './labelled-term.ts';
import type { Output } from './options.ts';
import type { Layout } from './tensor.ts';

/** The label, dense or class index, of elements that contribute nothing. */
export const IGNORED = -1;
/** The class-index label of a sample that is negative for every class. */
export const BACKGROUND = -2;

/** The labels of a batch; the array's type says what they are. */
export type Labels = Float32Array | Uint8Array | Int32Array;

/** Whether a dense label of 8 bits is ignored. */
export const isIgnoredByte = (label: number): boolean => label > 1;

export interface Counts {
  readonly samples: number;
  readonly classes: number;
  readonly elements: number;
  /** Elements that contribute nothing. */
  readonly ignored: number;
  /** Elements with y ≥ 0.5. */
  readonly positives: number;
}

/**
 * A checked batch, in the form that engines evaluate: all options are resolved, all labels in range, and the denominator is
 * known. It is plain data with tensors in shared memory, so that a worker thread receives it without a copy.
 */
export interface Batch {
  readonly activation: 'sigmoid' | 'softmax';
  readonly source: 'logits' | 'probabilities';
  /** The predictions' shape in the request. */
  readonly shape: readonly number[];
  /** The predictions' shape without the class axis. */
  readonly sampleShape: readonly number[];
  readonly layout: Layout;
  /**
   * `[outer, classes, inner]`, as sent, or where they lie in a region of shared memory. Engines check what they have read: that
   * logits are finite, and probabilities are probabilities.
   */
  readonly predictions: StoredFloats | RegionNumbers;
  readonly predictionsFormat: FloatFormat;
  /**
   * Dense: `[outer, classes, inner]`, as floats in [0, 1] or `IGNORED`, or as bytes, of which all but 0 and 1 are ignored.
   * Class indices, as integers: `[outer, inner]`, each in [0, classes), `IGNORED` or `BACKGROUND`.
   */
  readonly labels: Labels;
  /** `[outer, inner]`; absent if all are 1. */
  readonly sampleWeights?: Float32Array;
  /** The largest of them: what looks for it once more would do so in the thread of the HTTP server. */
  readonly maxSampleWeight?: number;
  /** `[outer, classes, inner]`, sigmoid; absent if all are 1. */
  readonly elementWeights?: Float32Array;
  readonly maxElementWeight?: number;
  /** `[classes]` each; one array if γ is the same for both sides. Softmax uses only `positive`. */
  readonly gamma: { readonly [side in Side]: Float64Array };
  /**
   * The weights of both sides times the class weights, `[classes]` each: α and 1 − α, or those of `soft_labels`. Softmax uses
   * only `positive`.
   */
  readonly alpha: { readonly [side in Side]: Float64Array };
  /** α itself, `[classes]`, if a scheme derived it from class frequencies. */
  readonly schemeAlpha?: Float64Array;
  /** `[classes]`; cross-entropy is weighted by them, without α. */
  readonly classWeights: Float64Array;
  readonly labelSmoothing: number;
  readonly softLabels: SoftLabels;
  /**
   * What the posterior subtracts of log h, `[classes]`: under sigmoid log (α / (1 − α)) of the log-odds, under softmax log (α times
   * the class weight). Absent if neither `posterior` nor `calibration` is requested, or a posterior has no meaning.
   */
  readonly posteriorOffsets?: Float64Array;
  /** By which the probabilities of negatives are shifted. */
  readonly margin: number;
  /** ε of Poly-1. */
  readonly polyEpsilon: number;
  /** Which derivatives take the modulating factor for a constant. */
  readonly detached: Detached;
  readonly epsilon: number;
  readonly reduction: 'mean' | 'sum' | 'none';
  readonly denominator: number;
  readonly counts: Counts;
  readonly outputs: readonly Output[];
  /** Whether `gradient_squares` are summed. */
  readonly gradientSquares: boolean;
  /** The format that gradients are rounded to. */
  readonly gradientsFormat: ResultFormat;
  readonly classNames?: ClassNames;
  /** Whether the response has warnings. */
  readonly warnings: boolean;
}

/** A batch whose predictions are in memory. */
export type LoadedBatch = Batch & { readonly predictions: StoredFloats };

export function isLoaded(batch: Batch): batch is LoadedBatch {
  return !isInRegion(batch.predictions);
}

/** A batch with float32 predictions, which the reference and the kernels read. */
export type Float32Batch = Batch & { readonly predictions: Float32Array };

export function withFloat32(batch: Batch): Float32Batch {
  const { predictions, predictionsFormat } = batch;
  const loaded = isInRegion(predictions) ? loadNumbers(predictions, unpooled) : predictions;
  return { ...batch, predictions: toFloat32(loaded, predictionsFormat), predictionsFormat: 'F32' };
}

/** The factor 1 / denominator of gradients and sums; 0 if the denominator is 0, so that no result is NaN. */
export function scaleOf(batch: Pick<Batch, 'denominator'>): number {
  return batch.denominator === 0 ? 0 : 1 / batch.denominator;
}
