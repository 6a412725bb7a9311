import { focalTerm, power, type Term } from './focal-term.ts';
import { complement, type LogProbabilities } from './log-probabilities.ts';
import type { SmoothedLabel } from './smoothed-label.ts';

/** The meaning of a sigmoid label strictly between 0 and 1; see `labelledTerm`. */
export type SoftLabels = 'interpolated' | 'termwise' | 'quality';

/** The weights α and 1 − α of the positive and the negative side; both 1 if α is off. */
export interface SideWeights {
  readonly positive: number;
  readonly negative: number;
}

/**
 * α-weighted focal loss of one sigmoid prediction with a label y in [0, 1].
 *
 * With C = −y log p − (1 − y) log q and α_t = α y + (1 − α)(1 − y):
 *   interpolated   α_t w^γ C, w = y q + (1 − y) p       (torchvision, Keras, optax)
 *   termwise       −y α q^γ log p − (1 − y)(1 − α) p^γ log q
 *   quality        α_t |y − p|^γ C, γ = 0 or γ ≥ 1      (Quality Focal Loss, Li et al. 2020)
 * At y = 0 and y = 1 the three are the same, and the hard form is used, which is exact at every logit.
 */
export function labelledTerm(
  logProbs: LogProbabilities,
  label: SmoothedLabel,
  gamma: number,
  alpha: SideWeights,
  softLabels: SoftLabels,
): Term {
  const { y, notY } = label;
  if (notY === 0) return scaled(focalTerm(logProbs, gamma), alpha.positive);
  if (y === 0) return scaled(focalTerm(complement(logProbs), gamma), alpha.negative);
  switch (softLabels) {
    case 'interpolated':
      return scaled(interpolatedTerm(logProbs, label, gamma), mixed(alpha, label));
    case 'quality':
      return scaled(qualityTerm(logProbs, label, gamma), mixed(alpha, label));
    case 'termwise':
      return sum(
        scaled(focalTerm(logProbs, gamma), alpha.positive * y),
        scaled(focalTerm(complement(logProbs), gamma), alpha.negative * notY),
      );
  }
}

/** Cross-entropy with a label in [0, 1]; both terms are ≥ 0, so nothing cancels. */
export function crossEntropy(logProbs: LogProbabilities, { y, notY }: SmoothedLabel): number {
  return -(y * logProbs.logP) - notY * logProbs.logQ;
}

/** p = e^ℓ and its derivatives p′ = p ℓ′ and p″ = p (ℓ′² + ℓ″). */
function derivativesOfP(logProbs: LogProbabilities): { p: number; dp: number; d2p: number } {
  const p = Math.exp(logProbs.logP);
  return { p, dp: p * logProbs.dLogP, d2p: p * (logProbs.dLogP * logProbs.dLogP + logProbs.d2LogP) };
}

/** w^γ C with w = y q + (1 − y) p; w ≥ min(y, 1 − y) > 0 for a soft label, so its powers are finite. */
function interpolatedTerm(logProbs: LogProbabilities, label: SmoothedLabel, gamma: number): Term {
  const { y, notY } = label;
  const { p, dp, d2p } = derivativesOfP(logProbs);
  const q = Math.exp(logProbs.logQ);
  const w = y * q + notY * p;
  const labelSlope = notY - y;
  return modulated(logProbs, label, gamma, { u: w, v: y * p + notY * q, du: labelSlope * dp, d2u: labelSlope * d2p });
}

/**
 * |p − y|^γ C. At p = y it has a kink for γ = 1, and no finite second derivative for 1 < γ < 2: the terms with
 * |p − y|^{γ−1} and |p − y|^{γ−2} are set to 0 there.
 */
function qualityTerm(logProbs: LogProbabilities, label: SmoothedLabel, gamma: number): Term {
  const { y, notY } = label;
  const { p, dp, d2p } = derivativesOfP(logProbs);
  const q = Math.exp(logProbs.logQ);
  // Computed from the smaller of p and q: near p = 1, p − y would lose the digits of q.
  const distance = logProbs.logP < logProbs.logQ ? p - y : notY - q;
  const isBelow = distance < 0;
  const side = isBelow ? -1 : 1;
  const v = isBelow ? notY + p : y + q;
  return modulated(logProbs, label, gamma, { u: Math.abs(distance), v, du: side * dp, d2u: side * d2p });
}

/** The base u of the modulating factor u^γ, v = 1 − u, and the derivatives of u. */
interface Modulation {
  readonly u: number;
  readonly v: number;
  readonly du: number;
  readonly d2u: number;
}

/**
 * u^γ C by the product rule:
 *   (u^γ C)′ = γ u^{γ−1} u′ C + u^γ C′
 *   (u^γ C)″ = γ (γ−1) u^{γ−2} u′² C + γ u^{γ−1} u″ C + 2γ u^{γ−1} u′ C′ + u^γ C″
 */
function modulated(
  logProbs: LogProbabilities,
  label: SmoothedLabel,
  gamma: number,
  { u, v, du, d2u }: Modulation,
): Term {
  const { y, notY } = label;
  const c = crossEntropy(logProbs, label);
  const dc = -(y * logProbs.dLogP) - notY * logProbs.dLogQ;
  const d2c = -(y * logProbs.d2LogP) - notY * logProbs.d2LogQ;
  const logU = u < 0.5 ? Math.log(u) : Math.log1p(-v); // A large γ magnifies the error of u near 1.
  const modulator = power(logU, gamma);
  if (u === 0) {
    // Only for γ = 2 is any of the other terms not 0, and exists.
    const curvature = gamma === 2 ? 2 * du * du * c : 0;
    return { loss: modulator * c, gradient: modulator * dc, hessian: curvature + modulator * d2c };
  }
  // u^{γ−1} and u^{γ−2} may be infinite where u is tiny, and u′ and u″ are 0 there: u′/u is never that large.
  const slope = gamma * (du / u);
  const curvature = gamma * ((gamma - 1) * (du / u) ** 2 + d2u / u);
  return {
    loss: modulator * c,
    gradient: modulator * (slope * c + dc),
    hessian: modulator * (curvature * c + 2 * slope * dc + d2c),
  };
}

function mixed(alpha: SideWeights, { y, notY }: SmoothedLabel): number {
  return alpha.positive * y + alpha.negative * notY;
}

function scaled(term: Term, weight: number): Term {
  return { loss: weight * term.loss, gradient: weight * term.gradient, hessian: weight * term.hessian };
}

function sum(a: Term, b: Term): Term {
  return { loss: a.loss + b.loss, gradient: a.gradient + b.gradient, hessian: a.hessian + b.hessian };
}
