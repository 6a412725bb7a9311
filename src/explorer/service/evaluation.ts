// The part of a response of `POST /v1/focal-loss` that the page reads. `openapi.json` describes the whole.

export const QUANTITIES = ['cross_entropy', 'loss', 'gradient_l1'] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const SIDES = ['positives', 'negatives'] as const;
export type Side = (typeof SIDES)[number];

/** A class's sum of a quantity, by side. */
export interface ClassSums {
  readonly positive: number;
  readonly negative: number;
  readonly total: number;
  /** The class's share of the sum over all classes; null if that sum is 0. */
  readonly share: number | null;
}

export interface ClassBreakdown {
  readonly class: number;
  readonly name?: string;
  readonly positives: number;
  readonly negatives: number;
  readonly ignored: number;
  readonly loss: ClassSums;
  readonly cross_entropy: ClassSums;
  readonly gradient_l1: ClassSums;
  readonly mean_pt: { readonly positive: number | null; readonly negative: number | null };
  readonly true_positives: number;
  readonly false_positives: number;
  readonly false_negatives: number;
  /** Only with the output `posterior`. */
  readonly prior?: number | null;
  readonly initial_logit?: number | null;
}

/**
 * One side in equal bins of p_t over [0, 1]: how many elements each bin has, and its share of the side's sum of each
 * quantity. The shares are null if that sum is 0.
 */
export interface DifficultyHistogram {
  readonly counts: readonly number[];
  readonly cross_entropy: readonly number[] | null;
  readonly loss: readonly number[] | null;
  readonly gradient_l1: readonly number[] | null;
}

/** Equal bins of confidence over [0, 1]; means and rates are null in a bin without any. */
export interface CalibrationOf {
  readonly counts: readonly number[];
  readonly mean_confidence: readonly (number | null)[];
  readonly observed_rate: readonly (number | null)[];
  readonly expected_calibration_error: number | null;
}

export interface Calibration {
  readonly predicted: CalibrationOf;
  /** Absent where a posterior has no meaning. */
  readonly posterior?: CalibrationOf;
}

/** What is most likely a mistake in the batch. */
export interface ServiceWarning {
  readonly code: string;
  readonly message: string;
  /** A JSON pointer into the request. */
  readonly pointer?: string;
}

export interface Evaluation {
  readonly loss: number | null;
  readonly sum: number;
  readonly denominator: number;
  readonly counts: {
    readonly samples: number;
    readonly classes: number;
    readonly elements: number;
    readonly ignored: number;
    readonly positives: number;
  };
  /** Absent if there are none. */
  readonly warnings?: readonly ServiceWarning[];
  readonly per_class: readonly ClassBreakdown[];
  readonly difficulty: Readonly<Record<Side, DifficultyHistogram>>;
  readonly calibration: Calibration;
  readonly engine: { readonly name: string; readonly device: string };
  readonly duration_ms: { readonly compute: number };
}
