import type { FloatFormat, ResultFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import type { SideWeights, SoftLabels } from './labelled-term.ts';
import type { Layout } from './layout.ts';
import type { Output } from './options.ts';

/** The label, dense or index, of what contributes nothing. */
export const IGNORED = -1;
/** The class-index label of a sample that is negative for every class. */
export const BACKGROUND = -2;

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
 * A checked batch in the one form that engines know: every option resolved, every label in range, the denominator
 * known. It is plain data whose tensors lie in shared allocator, so a worker thread gets it without copying.
 */
export interface Batch {
  readonly activation: 'sigmoid' | 'softmax';
  readonly source: 'logits' | 'probabilities';
  /** The predictions' shape as it was sent. */
  readonly shape: readonly number[];
  /** The predictions' shape without the class axis. */
  readonly sampleShape: readonly number[];
  readonly layout: Layout;
  /** `[outer, classes, inner]`, as they were sent. Logits may not be finite yet: engines check that as they read them. */
  readonly predictions: StoredFloats;
  readonly predictionsFormat: FloatFormat;
  /**
   * Dense: `[outer, classes, inner]`, each in [0, 1] or `IGNORED`. Class indices: `[outer, inner]`, each in
   * [0, classes), `IGNORED` or `BACKGROUND`. The array's type tells which.
   */
  readonly labels: Float32Array | Int32Array;
  /** `[outer, inner]`; absent where all are 1. */
  readonly sampleWeights?: Float32Array;
  /** `[classes]` */
  readonly gamma: Float64Array;
  /** α and 1 − α with the class weights multiplied in, `[classes]` each. For softmax only `positive` counts. */
  readonly alpha: { readonly [side in keyof SideWeights]: Float64Array };
  /** α itself, `[classes]`, where it came from how often classes occur. */
  readonly schemeAlpha?: Float64Array;
  /** `[classes]`; cross-entropy carries them without α. */
  readonly classWeights: Float64Array;
  readonly labelSmoothing: number;
  readonly softLabels: SoftLabels;
  readonly epsilon: number;
  readonly reduction: 'mean' | 'sum' | 'none';
  readonly denominator: number;
  readonly counts: Counts;
  readonly outputs: readonly Output[];
  /** Whether the sums shall have `gradient_squares`. */
  readonly gradientSquares: boolean;
  /** What the gradients are rounded to. */
  readonly gradientsFormat: ResultFormat;
  readonly classNames?: readonly string[];
}

/** A batch with its predictions as float32, which is what definitions and kernels compute with. */
export type Float32Batch = Batch & { readonly predictions: Float32Array };

export function withFloat32(batch: Batch): Float32Batch {
  return { ...batch, predictions: toFloat32(batch.predictions, batch.predictionsFormat), predictionsFormat: 'F32' };
}

/** What gradients and sums are multiplied by; 0 where there is nothing to divide by, so that nothing is NaN. */
export function scaleOf(batch: Pick<Batch, 'denominator'>): number {
  return batch.denominator === 0 ? 0 : 1 / batch.denominator;
}
