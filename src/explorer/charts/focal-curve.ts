/**
 * The focal loss of one element, −w (1 − p_t)^γ log p_t (Lin et al. 2017, equation 5).
 *
 * @param pt the probability of the true label, in (0, 1]
 * @param weight α for positives, 1 − α for negatives, 1 with α off
 */
export function focalLoss(pt: number, gamma: number, weight: number): number {
  return -weight * (1 - pt) ** gamma * Math.log(pt);
}

/** The magnitude of its gradient: |dL/dx| = w q^γ (q − γ p log p) for the logit x, with q = 1 − p (appendix B of the paper). */
export function focalGradient(pt: number, gamma: number, weight: number): number {
  const q = 1 - pt;
  return weight * q ** gamma * (q - gamma * pt * Math.log(pt));
}
