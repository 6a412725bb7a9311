import type { Side } from './class-sums.ts';
import { type Detached, focalTerm, NO_TERM, polyTerm, power, scaled, sum, type Term } from './focal-term.ts';
import { complement, complementWithMargin, type LogProbabilities } from './log-probabilities.ts';
import type { SmoothedLabel } from './smoothed-label.ts';

/** The meanings of a sigmoid label strictly between 0 and 1, the last two of all above 0; see `labelledTerm`. */
export const SOFT_LABELS = ['interpolated', 'termwise', 'quality', 'varifocal', 'matchability'] as const;
export type SoftLabels = (typeof SOFT_LABELS)[number];

/** Whether labels above 0 have neither focusing nor α, so that these are of negatives alone. */
export function hasUnweightedPositives(softLabels: SoftLabels): boolean {
  return softLabels === 'varifocal' || softLabels === 'matchability';
}

/** A number of the positive and one of the negative side. */
export type OfSides = { readonly [side in Side]: number };

/** The loss of the elements of one class. */
export interface ElementLoss {
  readonly softLabels: SoftLabels;
  readonly margin: number;
  readonly detached: Detached;
  readonly gamma: OfSides;
  /** α and 1 − α, both 1 if α is off; for `varifocal` and `matchability` 1 and α; times the class weight. */
  readonly alpha: OfSides;
  /** ε of Poly-1 times the class weight. */
  readonly poly: number;
}

/**
 * Focal loss of one sigmoid prediction with a label y in [0, 1], and of its family.
 *
 * With C = −y log p − (1 − y) log q and α_t = α y + (1 − α)(1 − y):
 *   interpolated   α_t w^γ C, w = y q + (1 − y) p       (torchvision, Keras, optax)
 *   termwise       −y α q^γ₊ log p − (1 − y)(1 − α) p^γ₋ log q
 *   quality        α_t |y − p|^γ C, γ = 0 or γ ≥ 1      (Quality Focal Loss, Li et al. 2020)
 * At y = 0 and y = 1 the three are the same, and the hard form is used, which is exact at every logit. Poly-1 adds ε q^{γ₊+1} and
 * ε p^{γ₋+1} to the hard terms. A margin puts p_m = max(p − m, 0) in the place of p in the term of negatives
 * (asymmetric loss, Ridnik et al. 2021).
 *
 * At y = 0 the following are −α p^γ log q; else they have neither focusing nor α:
 *   varifocal      y C                                  (Varifocal Loss, Zhang et al. 2021)
 *   matchability   C with y^γ in the place of y         (DEIM, Huang et al. 2025)
 */
export function labelledTerm(logProbs: LogProbabilities, label: SmoothedLabel, loss: ElementLoss): Term {
  const { y, notY } = label;
  const { gamma, alpha, softLabels, detached } = loss;
  if (y === 0) return negativeTerm(logProbs, loss);
  switch (softLabels) {
    case 'varifocal':
      return scaled(crossEntropyTerm(logProbs, label), alpha.positive * y);
    case 'matchability':
      return scaled(crossEntropyTerm(logProbs, powerOfLabel(label, gamma.positive)), alpha.positive);
  }
  if (notY === 0) return positiveTerm(logProbs, loss);
  switch (softLabels) {
    case 'interpolated':
      return scaled(interpolatedTerm(logProbs, label, gamma.positive, detached), mixed(alpha, label));
    case 'quality':
      return scaled(qualityTerm(logProbs, label, gamma.positive, detached), mixed(alpha, label));
    case 'termwise':
      return sum(scaled(positiveTerm(logProbs, loss), y), scaled(negativeTerm(logProbs, loss), notY));
  }
}

function positiveTerm(logProbs: LogProbabilities, { gamma, alpha, poly, detached }: ElementLoss): Term {
  const term = scaled(focalTerm(logProbs, gamma.positive, detached), alpha.positive);
  return poly === 0 ? term : sum(term, scaled(polyTerm(logProbs, gamma.positive, detached), poly));
}

function negativeTerm(logProbs: LogProbabilities, { gamma, alpha, margin, poly, detached }: ElementLoss): Term {
  const negative = margin === 0 ? complement(logProbs) : complementWithMargin(logProbs, margin);
  if (negative === undefined) return NO_TERM;
  const term = scaled(focalTerm(negative, gamma.negative, detached), alpha.negative);
  return poly === 0 ? term : sum(term, scaled(polyTerm(negative, gamma.negative, detached), poly));
}

/** C and its derivatives. */
function crossEntropyTerm(logProbs: LogProbabilities, label: SmoothedLabel): Term {
  const { y, notY } = label;
  return {
    loss: crossEntropy(logProbs, label),
    gradient: -(y * logProbs.dLogP) - notY * logProbs.dLogQ,
    hessian: -(y * logProbs.d2LogP) - notY * logProbs.d2LogQ,
  };
}

/** y^γ and 1 − y^γ for y > 0. */
function powerOfLabel({ y, notY }: SmoothedLabel, gamma: number): SmoothedLabel {
  const logY = y < 0.5 ? Math.log(y) : Math.log1p(-notY);
  return { y: Math.exp(gamma * logY), notY: -Math.expm1(gamma * logY) };
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
function interpolatedTerm(logProbs: LogProbabilities, label: SmoothedLabel, gamma: number, detached: Detached): Term {
  const { y, notY } = label;
  const { p, dp, d2p } = derivativesOfP(logProbs);
  const q = Math.exp(logProbs.logQ);
  const w = y * q + notY * p;
  const labelSlope = notY - y;
  const modulation = { u: w, v: y * p + notY * q, du: labelSlope * dp, d2u: labelSlope * d2p };
  return modulated(logProbs, label, gamma, modulation, detached);
}

/**
 * |p − y|^γ C. At p = y it has a kink for γ = 1, and no finite second derivative for 1 < γ < 2: the terms with
 * |p − y|^{γ−1} and |p − y|^{γ−2} are set to 0 there.
 */
function qualityTerm(logProbs: LogProbabilities, label: SmoothedLabel, gamma: number, detached: Detached): Term {
  const { y, notY } = label;
  const { p, dp, d2p } = derivativesOfP(logProbs);
  const q = Math.exp(logProbs.logQ);
  // Computed from the smaller of p and q: near p = 1, p − y would lose the digits of q.
  const distance = logProbs.logP < logProbs.logQ ? p - y : notY - q;
  const isBelow = distance < 0;
  const side = isBelow ? -1 : 1;
  const v = isBelow ? notY + p : y + q;
  return modulated(logProbs, label, gamma, { u: Math.abs(distance), v, du: side * dp, d2u: side * d2p }, detached);
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
 * With a detached factor only the last terms remain.
 */
function modulated(
  logProbs: LogProbabilities,
  label: SmoothedLabel,
  gamma: number,
  { u, v, du, d2u }: Modulation,
  detached: Detached,
): Term {
  const { loss: c, gradient: dc, hessian: d2c } = crossEntropyTerm(logProbs, label);
  const logU = u < 0.5 ? Math.log(u) : Math.log1p(-v); // A large γ magnifies the error of u near 1.
  const modulator = power(logU, gamma);
  if (u === 0) {
    // Only for γ = 2 is any of the other terms not 0, and exists.
    const curvature = gamma === 2 ? 2 * du * du * c : 0;
    return {
      loss: modulator * c,
      gradient: modulator * dc,
      hessian: (detached.hessian ? 0 : curvature) + modulator * d2c,
    };
  }
  // u^{γ−1} and u^{γ−2} may be infinite where u is tiny, and u′ and u″ are 0 there: u′/u is never that large.
  const slope = gamma * (du / u);
  const curvature = gamma * ((gamma - 1) * (du / u) ** 2 + d2u / u);
  return {
    loss: modulator * c,
    gradient: modulator * (detached.gradient ? dc : slope * c + dc),
    hessian: modulator * (detached.hessian ? d2c : curvature * c + 2 * slope * dc + d2c),
  };
}

function mixed(alpha: OfSides, { y, notY }: SmoothedLabel): number {
  return alpha.positive * y + alpha.negative * notY;
}
