import type { Float64Tensor, Mask } from './float64.ts';
import type { Term } from './term.ts';

/** The results of each element, `[outer, classes, inner]`. All are finite, also those of ignored elements. */
export interface Elements {
  /** With α and all weights, before the denominator. */
  readonly term: Term;
  /** If it is requested. */
  readonly breakdown?: Breakdown;
}

/** What sums per class need beyond the terms. */
export interface Breakdown {
  /** With the sample and class weights, without α. */
  readonly crossEntropy: Float64Tensor;
  /** p of a positive element, q of a negative one. */
  readonly pt: Float64Tensor;
  readonly predictedPositive: Mask;
  /** Whether loss and cross-entropy of all negative elements are 0. */
  readonly isLossOfPositives?: true;
}
