import type { Options } from './batch-files/batch-file.ts';
import type { SideLoss } from './charts/focal-curve.ts';
import type { Alpha, HyperParameters } from './hyper-parameters.ts';

/** What a file says of the form of its loss; the page has no controls for it. */
export interface LossForm {
  readonly softmax: boolean;
  readonly margin: number;
  readonly polyEpsilon: number;
  readonly detached: boolean;
  /** The loss of labels above 0, if these have neither focusing nor α. */
  readonly ownPositives: 'varifocal' | 'matchability' | null;
}

export const FOCAL_LOSS: LossForm = { softmax: false, margin: 0, polyEpsilon: 0, detached: false, ownPositives: null };

/** Values that are not valid are left out: the service says what is wrong with them. */
export function lossFormOf(options: Options): LossForm {
  const { activation, margin, poly_epsilon, focusing, soft_labels } = options;
  const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    softmax: activation === 'softmax',
    margin: numberOf(margin),
    polyEpsilon: numberOf(poly_epsilon),
    detached: focusing === 'detached',
    ownPositives: soft_labels === 'varifocal' || soft_labels === 'matchability' ? soft_labels : null,
  };
}

/** The α that the service takes if the file has none. */
export function defaultAlpha({ softmax, ownPositives }: LossForm): Alpha {
  if (softmax || ownPositives === 'matchability') return null;
  return ownPositives === 'varifocal' ? 0.75 : 0.25;
}

/** The loss of a positive and of a negative label, with a single α; an α that differs by class is left out. */
export function sideLosses(
  { gamma, alpha }: HyperParameters,
  form: LossForm,
): { readonly positive: SideLoss; readonly negative: SideLoss } {
  const { softmax, margin, polyEpsilon, detached, ownPositives } = form;
  const weight = typeof alpha === 'number' && !softmax ? alpha : 1;
  if (ownPositives) return { positive: { gamma: 0, weight: 1 }, negative: { gamma, weight, detached } };
  const shared = { gamma, polyEpsilon, detached };
  const hasSides = typeof alpha === 'number' && !softmax;
  return { positive: { ...shared, weight }, negative: { ...shared, weight: hasSides ? 1 - alpha : 1, margin } };
}

/** Sentences on what the form changes in focal loss. */
export function describeForm({ margin, polyEpsilon, detached, ownPositives }: LossForm): string[] {
  const sentences: string[] = [];
  if (ownPositives)
    sentences.push(`The loss is ${ownPositives}: positives have cross-entropy, here of a label of 1, without γ and α.`);
  if (margin > 0)
    sentences.push(`With the margin ${margin}, negatives above p_t\u00a0=\u00a0${round(1 - margin)} have no loss.`);
  if (polyEpsilon !== 0) sentences.push(`Poly-1 adds ${polyEpsilon} (1 − p_t)^(γ + 1).`);
  if (detached) sentences.push('The gradient takes the modulating factor for a constant.');
  return sentences;
}

/** Without the digits that a subtraction adds. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
