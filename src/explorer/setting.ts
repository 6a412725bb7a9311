/** What the sliders say. */
export interface Setting {
  readonly gamma: number;
  /** Null is off. */
  readonly alpha: number | null;
}

/** What the chosen α multiplies, by side; with softmax there are no sides, and a number for α scales everything alike. */
export function sideWeights({ alpha }: Setting): { readonly positive: number; readonly negative: number } {
  return alpha === null ? { positive: 1, negative: 1 } : { positive: alpha, negative: 1 - alpha };
}

export function describe({ gamma, alpha }: Setting): string {
  return `γ ${gamma}, α ${alpha ?? 'off'}`;
}
