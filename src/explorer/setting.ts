/** What the request's `alpha` may be: a number, off, or where it comes from, which may also be a list in a file. */
export type Alpha = number | null | object;

/** What the sliders say. */
export interface Setting {
  readonly gamma: number;
  readonly alpha: Alpha;
}

/** From how often the classes occur. */
export const BALANCED: Alpha = { balanced: true };
/** From the effective number of samples, in between of the inverse frequency and no weights (Cui et al. 2019). */
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

export function describe({ gamma, alpha }: Setting): string {
  return `γ ${gamma}, α ${describeAlpha(alpha)}`;
}
