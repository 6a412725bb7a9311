import { DIFFERENTIATED } from '../../src/loss/focal-term.ts';
import { labelledTerm, type SoftLabels } from '../../src/loss/labelled-term.ts';
import { fromLogit } from '../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../../test/harness/soft-magnitudes.ts';
import { unlessToy } from '../harness/toy.ts';
import { extremeLogits, GAMMAS, gridLogits } from './grid.ts';
import type { Expected } from './score.ts';

/** What a sigmoid label strictly between 0 and 1 may come from. */
export interface SoftKind {
  readonly name: string;
  readonly form: SoftLabels;
  readonly smoothing: number;
  readonly labels: readonly number[];
  readonly gammas: readonly number[];
}

/** From both ends of [0, 1] inward, as float32 has them. */
const LABELS = unlessToy([1e-30, 1e-4, 0.1, 0.3, 0.49, 0.75, 0.999, 1 - 2 ** -24], [0.1, 0.75]).map(Math.fround);

export const SOFT_KINDS: readonly SoftKind[] = [
  { name: 'interpolated', form: 'interpolated', smoothing: 0, labels: LABELS, gammas: GAMMAS },
  { name: 'termwise', form: 'termwise', smoothing: 0, labels: LABELS, gammas: GAMMAS },
  { name: 'quality', form: 'quality', smoothing: 0, labels: LABELS, gammas: GAMMAS.filter((g) => g === 0 || g >= 1) },
  { name: 'smoothing', form: 'interpolated', smoothing: 0.1, labels: [0, 1], gammas: GAMMAS },
];

/** Leaves more logits than the 4096 below which the engine evaluates in float64. */
const STRIDE = unlessToy(4, 2);

export function softLogits(): Float32Array {
  return Float32Array.from([...gridLogits().filter((_, i) => i % STRIDE === 0), ...extremeLogits()]);
}

export interface SoftTruth {
  readonly loss: Expected;
  /** Errors are relative to the sum of the magnitudes of its terms: it has a root. */
  readonly gradient: Required<Expected>;
}

/** By the float64 reference. */
export function softTruth(
  logits: Float32Array,
  label: number,
  gamma: number,
  { form, smoothing }: SoftKind,
): SoftTruth {
  const shares = smoothedLabel(label, smoothing);
  const sides = { positive: 1, negative: 1 };
  const loss = {
    gamma: { positive: gamma, negative: gamma },
    alpha: sides,
    softLabels: form,
    margin: 0,
    poly: 0,
    detached: DIFFERENTIATED,
  };
  const terms = Array.from(logits, (x) => labelledTerm(fromLogit(x), shares, loss));
  return {
    loss: { values: terms.map(({ loss }) => loss) },
    gradient: {
      values: terms.map(({ gradient }) => gradient),
      scale: Array.from(logits, (x) => termMagnitudes(fromLogit(x), shares, gamma, sides, form).gradient),
    },
  };
}

export function smoothed(label: number, smoothing: number): number {
  return smoothedLabel(label, smoothing).y;
}
