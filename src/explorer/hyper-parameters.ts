/** The `alpha` of a request: a number, null for off, a weighting scheme, or a list with one number per class. */
export type Alpha = number | null | object;

/** A gamma for each side, as in asymmetric loss. */
export interface SideGammas {
  readonly positive: number;
  readonly negative: number;
}

export type Gamma = number | SideGammas;

/** The gamma of each class as a file has it: one list, or for each side a list or a number. */
export type ClassGammas =
  | readonly number[]
  | { readonly positive: number | readonly number[]; readonly negative: number | readonly number[] };

export interface HyperParameters {
  /** With `classGammas`, their mean: what the curves show. */
  readonly gamma: Gamma;
  /** The file's, which the request has in place of `gamma`. */
  readonly classGammas?: ClassGammas;
  readonly alpha: Alpha;
}

export function sideGammas(gamma: Gamma): SideGammas {
  return typeof gamma === 'number' ? { positive: gamma, negative: gamma } : gamma;
}

/** Whether these are the hyperparameters with this one gamma and alpha. */
export function isPoint(parameters: HyperParameters, gamma: number, alpha: Alpha): boolean {
  return parameters.classGammas === undefined && parameters.gamma === gamma && sameAlpha(parameters.alpha, alpha);
}

/** Weights classes by their inverse frequency. */
export const BALANCED: Alpha = { balanced: true };
/** Weights classes by their effective number of samples, between inverse frequency and no weights (Cui et al. 2019). */
export const EFFECTIVE_NUMBER: Alpha = { effective_number: { beta: 0.999 } };

export function sameAlpha(one: Alpha, other: Alpha): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function describeAlpha(alpha: Alpha): string {
  if (alpha === null) return 'off';
  if (typeof alpha === 'number') return String(alpha);
  if (sameAlpha(alpha, BALANCED)) return 'balanced';
  if (sameAlpha(alpha, EFFECTIVE_NUMBER)) return 'effective';
  return 'the file’s';
}

export function describeGamma({ gamma, classGammas }: HyperParameters): string {
  if (classGammas !== undefined) return 'γ the file’s';
  return typeof gamma === 'number' ? `γ ${gamma}` : `γ₊ ${gamma.positive}, γ₋ ${gamma.negative}`;
}

export function describeParameters(parameters: HyperParameters): string {
  return `${describeGamma(parameters)}, α ${describeAlpha(parameters.alpha)}`;
}
