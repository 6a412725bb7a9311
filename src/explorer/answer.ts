import type { Alpha } from './setting.ts';

// What the page reads of the service's answers; the whole of them is in `openapi.json`.

export interface Sides {
  readonly positive: number;
  readonly negative: number;
  readonly total: number;
  /** Of all classes; null where they add up to nothing. */
  readonly share: number | null;
}

export interface ClassBreakdown {
  readonly class: number;
  readonly name?: string;
  readonly positives: number;
  readonly negatives: number;
  readonly ignored: number;
  readonly loss: Sides;
  readonly cross_entropy: Sides;
  readonly gradient_l1: Sides;
  readonly mean_pt: { readonly positive: number | null; readonly negative: number | null };
  readonly true_positives: number;
  readonly false_positives: number;
  readonly false_negatives: number;
}

/** By p_t, in equal bins over [0, 1]: counts, and of each quantity the bins' shares of this side; null for shares of nothing. */
export interface DifficultySide {
  readonly counts: readonly number[];
  readonly cross_entropy: readonly number[] | null;
  readonly loss: readonly number[] | null;
  readonly gradient_l1: readonly number[] | null;
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
  readonly per_class: readonly ClassBreakdown[];
  readonly difficulty: { readonly positives: DifficultySide; readonly negatives: DifficultySide };
  readonly engine: { readonly name: string; readonly device: string };
  readonly duration_ms: { readonly compute: number };
}

export interface SweepPoint {
  readonly gamma: number;
  /** As it was sent. */
  readonly alpha: Alpha;
  readonly positive_share: { readonly loss: number | null; readonly gradient_l1: number | null };
  readonly gradient_norm: number;
  readonly effective_examples: number | null;
  readonly class_loss_shares: readonly (number | null)[];
}

export interface Sweep {
  /** All gammas with all alphas, those of one gamma together. */
  readonly grid: readonly SweepPoint[];
}

/** A problem document (RFC 9457). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id?: string;
  /** A pointer into a tensor ends in the index. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  readonly more?: number;
}

export const QUANTITIES = ['cross_entropy', 'loss', 'gradient_l1'] as const;
export type Quantity = (typeof QUANTITIES)[number];
