import type { HyperParameters } from '../hyper-parameters.ts';
import type { LossForm } from '../loss-form.ts';
import type { Evaluation } from '../service/evaluation.ts';

/** A setting that stays while others are tried: the figures show it in outline. */
export interface PinnedLoss {
  readonly parameters: HyperParameters;
  readonly form: LossForm;
  readonly evaluation: Evaluation;
}

/** Shares of two settings differ by rounding alone if they are as near as this. */
const ROUNDING = 1e-6;

/** Whether an outline would show something: it is drawn where the pinned shares are not the current ones. */
export function isOutlined(pinned: readonly number[], current: readonly number[]): boolean {
  return pinned.length !== current.length || pinned.some((value, i) => Math.abs(value - current[i]!) > ROUNDING);
}
