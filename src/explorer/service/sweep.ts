import type { Alpha } from '../hyper-parameters.ts';

// The part of a response of `POST /v1/focal-loss/sweep` that the page reads.

export interface SweepPoint {
  readonly gamma: number;
  /** As in the request. */
  readonly alpha: Alpha;
  readonly positive_share: { readonly loss: number | null; readonly gradient_l1: number | null };
  readonly gradient_norm: number;
  readonly effective_examples: number | null;
  readonly class_loss_shares: readonly (number | null)[];
}

export interface Sweep {
  /** Each gamma with each alpha; the points of one gamma are adjacent. */
  readonly grid: readonly SweepPoint[];
}
