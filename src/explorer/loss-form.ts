import type { Options } from './batch-files/batch-file.ts';
import type { SideLoss } from './charts/focal-curve.ts';
import { signed } from './format.ts';
import { type Alpha, type HyperParameters, sideGammas } from './hyper-parameters.ts';

/** What a file says of the form of its loss; the page has no controls for it. */
export interface LossForm {
  readonly softmax: boolean;
  readonly margin: number;
  readonly polyEpsilon: number;
  readonly detached: boolean;
  readonly softLabels: SoftLabels;
  /** Whether label smoothing makes all labels soft. */
  readonly smoothed: boolean;
}

const SOFT_LABELS = ['interpolated', 'termwise', 'quality', 'varifocal', 'matchability'] as const;
/** In the last two, labels above 0 have a loss without focusing and α. */
export type SoftLabels = (typeof SOFT_LABELS)[number];

export const FOCAL_LOSS: LossForm = {
  softmax: false,
  margin: 0,
  polyEpsilon: 0,
  detached: false,
  softLabels: 'interpolated',
  smoothed: false,
};

/** Values that are not valid are left out: the service says what is wrong with them. */
export function lossFormOf(options: Options): LossForm {
  const { activation, margin, poly_epsilon, focusing, soft_labels, label_smoothing } = options;
  const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    softmax: activation === 'softmax',
    margin: numberOf(margin),
    polyEpsilon: numberOf(poly_epsilon),
    detached: focusing === 'detached',
    softLabels: SOFT_LABELS.find((name) => name === soft_labels) ?? 'interpolated',
    smoothed: numberOf(label_smoothing) > 0,
  };
}

/** Whether positives have a loss without focusing and α. */
export function hasOwnPositives({ softLabels }: LossForm): boolean {
  return softLabels === 'varifocal' || softLabels === 'matchability';
}

/** Whether the service accepts a gamma for each side, as far as the options tell. */
export function allowsSideGammas(form: LossForm): boolean {
  return !form.softmax && !hasOwnPositives(form) && (!form.smoothed || form.softLabels === 'termwise');
}

/** The α that the service takes if the file has none. */
export function defaultAlpha({ softmax, softLabels }: LossForm): Alpha {
  if (softmax || softLabels === 'matchability') return null;
  return softLabels === 'varifocal' ? 0.75 : 0.25;
}

/** The loss of a positive and of a negative label, with a single α; an α that differs by class is left out. */
export function sideLosses(
  { gamma, alpha }: HyperParameters,
  form: LossForm,
): { readonly positive: SideLoss; readonly negative: SideLoss } {
  const { softmax, margin, polyEpsilon, detached } = form;
  const { positive, negative } = sideGammas(gamma);
  const weight = typeof alpha === 'number' && !softmax ? alpha : 1;
  if (hasOwnPositives(form)) {
    return { positive: { gamma: 0, weight: 1 }, negative: { gamma: negative, weight, detached } };
  }
  const shared = { polyEpsilon, detached };
  const hasSides = typeof alpha === 'number' && !softmax;
  return {
    positive: { ...shared, gamma: positive, weight },
    negative: { ...shared, gamma: negative, weight: hasSides ? 1 - alpha : 1, margin },
  };
}

/** Sentences on what the form changes in focal loss. */
export function describeForm(form: LossForm): string[] {
  const { margin, polyEpsilon, detached, softLabels } = form;
  const sentences: string[] = [];
  if (hasOwnPositives(form))
    sentences.push(`The loss is ${softLabels}: positives have cross-entropy, here of a label of 1, without γ and α.`);
  if (margin > 0)
    sentences.push(`With the margin ${margin}, negatives above p_t\u00a0=\u00a0${round(1 - margin)} have no loss.`);
  if (polyEpsilon !== 0)
    sentences.push(`Poly-1 adds ${signed(polyEpsilon)}\u00a0(1\u00a0−\u00a0p_t)^{γ\u202f+\u202f1}.`);
  if (detached) sentences.push('The gradient takes the modulating factor for a constant.');
  return sentences;
}

/** Without the digits that a subtraction adds. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
