/** The loss of one side: positives or negatives. */
export interface SideLoss {
  readonly gamma: number;
  /** α for positives, 1 − α for negatives, 1 with α off. */
  readonly weight: number;
  /** By which the probability of a negative is shifted. */
  readonly margin?: number;
  /** ε of Poly-1. */
  readonly polyEpsilon?: number;
  /** Whether the gradient takes the modulating factor for a constant. */
  readonly detached?: boolean;
}

/**
 * The focal loss of one element, −w (1 − p_t)^γ log p_t (Lin et al. 2017, equation 5), and what Poly-1 adds, ε (1 − p_t)^{γ+1}.
 * With a margin, p_t + m is in the place of p_t, up to 1.
 *
 * @param pt the probability of the true label, in (0, 1]
 */
export function focalLoss(pt: number, { gamma, weight, margin = 0, polyEpsilon = 0 }: SideLoss): number {
  const shifted = Math.min(pt + margin, 1);
  const rest = 1 - shifted;
  return rest ** gamma * (-weight * Math.log(shifted) + polyEpsilon * rest);
}

/**
 * The magnitude of its gradient: |dL/dx| = w q^γ (q − γ p log p) for the logit x, with q = 1 − p (appendix B of the paper).
 *
 * With u = 1 − p_t − m and the rest R = −w log(1 − u) + ε u it is p q |γ u^{γ−1} R + u^γ R′|, without the first term if the
 * factor is detached; 0 where u is.
 */
export function focalGradient(pt: number, side: SideLoss): number {
  const { gamma, weight, margin = 0, polyEpsilon = 0, detached = false } = side;
  const q = 1 - pt;
  const u = Math.max(q - margin, 0);
  if (u === 0) return 0;
  const v = Math.min(pt + margin, 1);
  const rest = -weight * Math.log(v) + polyEpsilon * u;
  const slope = weight / v + polyEpsilon;
  return pt * q * Math.abs(u ** gamma * ((detached ? 0 : (gamma / u) * rest) + slope));
}
