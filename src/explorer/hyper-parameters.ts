/** The `alpha` of a request: a number, null for off, a weighting scheme, or a list with one number per class. */
export type Alpha = number | null | object;

/** A gamma for each side, as in asymmetric loss. */
export interface SideGammas {
  readonly positive: number;
  readonly negative: number;
}

export type Gamma = number | SideGammas;

export interface HyperParameters {
  readonly gamma: Gamma;
  readonly alpha: Alpha;
}

export function sideGammas(gamma: Gamma): SideGammas {
  return typeof gamma === 'number' ? { positive: gamma, negative: gamma } : gamma;
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

export function describeParameters({ gamma, alpha }: HyperParameters): string {
  const described = typeof gamma === 'number' ? `γ ${gamma}` : `γ₊ ${gamma.positive}, γ₋ ${gamma.negative}`;
  return `${described}, α ${describeAlpha(alpha)}`;
}
