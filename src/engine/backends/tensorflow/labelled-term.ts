import { hasUnweightedPositives, type SoftLabels } from '../../../loss/labelled-term.ts';
import type { OfSides } from './device-batch.ts';
import type { Float64, Float64Tensor, Operand } from './float64.ts';
import { type CrossEntropyDerivatives, focalTerm, modulated, polyTerm } from './focal-term.ts';
import { complement, type LogProbabilities } from './log-probabilities.ts';
import { complementWithMargin, type Margin } from './margin.ts';
import { type MixedLabels, mixedBy } from './mixed-labels.ts';
import { ownPositiveTerm } from './own-positives.ts';
import { curvatureAtRoot, distance, interpolation, replaceAtHardLabels } from './soft-modulation.ts';
import { type Derivatives, scaled, sumOf, type Term } from './term.ts';

/** The loss of elements, with weights that are multiplied by all others. */
export interface ElementLoss {
  readonly form: SoftLabels;
  readonly gamma: OfSides;
  readonly alpha: OfSides;
  /** ε of Poly-1, if it is in use. */
  readonly poly?: Operand;
  /** By which negatives are shifted; absent if it is 0. */
  readonly margin?: Margin;
}

/**
 * Loss of sigmoid predictions with labels y in [0, 1]; derived in loss/labelled-term.ts.
 *
 * @param c their cross-entropy
 */
export function labelledTerm(
  f: Float64,
  logProbs: LogProbabilities,
  labels: MixedLabels,
  c: Float64Tensor,
  loss: ElementLoss,
  derivatives: Derivatives,
): Term {
  const { form, gamma, alpha } = loss;
  if (form === 'termwise') {
    return sumOf(
      f,
      f.scope(() => positiveTerm(f, logProbs, labels.y, loss, derivatives)),
      f.scope(() => negativeTerm(f, logProbs, labels.notY, loss, derivatives)),
    );
  }
  if (hasUnweightedPositives(form)) {
    const isNegative = f.equal(labels.y, 0);
    const weight = f.select(isNegative, 0, alpha.positive);
    return sumOf(
      f,
      f.scope(() => ownPositiveTerm(f, logProbs, labels, isNegative, gamma.positive, weight, form, derivatives)),
      f.scope(() => negativeTerm(f, logProbs, f.toFloat64(isNegative), loss, derivatives)),
    );
  }
  const crossEntropy = crossEntropyDerivatives(f, logProbs, labels, c);
  const soft = f.scope(() => (form === 'quality' ? distance(f, logProbs, labels) : interpolation(f, logProbs, labels)));
  const modulation = f.scope(() => replaceAtHardLabels(f, logProbs, labels, soft));
  const term = f.scope(() => modulated(f, modulation, crossEntropy, gamma.positive, derivatives));
  const weight = f.scope(() => f.add(f.mul(alpha.positive, labels.y), f.mul(alpha.negative, labels.notY)));
  if (form === 'quality' && term.hessian && !derivatives.detached.hessian) {
    const hessian = f.add(
      term.hessian,
      f.scope(() => curvatureAtRoot(f, logProbs, soft, crossEntropy, gamma.positive)),
    );
    return scaled(f, { ...term, hessian }, weight);
  }
  return scaled(f, term, weight);
}

/** The term of positive labels with a share y of each element. */
function positiveTerm(
  f: Float64,
  logProbs: LogProbabilities,
  y: Float64Tensor,
  { gamma, alpha, poly }: ElementLoss,
  derivatives: Derivatives,
): Term {
  return hardTerm(f, logProbs, gamma.positive, f.mul(alpha.positive, y), poly && f.mul(poly, y), derivatives);
}

/** The term of negative labels with a share 1 − y of each element. */
function negativeTerm(
  f: Float64,
  logProbs: LogProbabilities,
  notY: Float64Tensor,
  { gamma, alpha, poly, margin }: ElementLoss,
  derivatives: Derivatives,
): Term {
  if (!margin) {
    const weight = f.mul(alpha.negative, notY);
    return hardTerm(f, complement(logProbs), gamma.negative, weight, poly && f.mul(poly, notY), derivatives);
  }
  const { shifted, counts } = complementWithMargin(f, logProbs, margin);
  const share = f.select(counts, notY, 0);
  const weight = f.mul(alpha.negative, share);
  return hardTerm(f, shifted, gamma.negative, weight, poly && f.mul(poly, share), derivatives);
}

/** Focal loss of positive labels, and what Poly-1 adds, each times its weight. */
export function hardTerm(
  f: Float64,
  logProbs: LogProbabilities,
  gamma: Operand,
  weight: Operand,
  poly: Operand | undefined,
  derivatives: Derivatives,
): Term {
  const term = f.scope(() => scaled(f, focalTerm(f, logProbs, gamma, derivatives), weight));
  if (poly === undefined) return term;
  return sumOf(
    f,
    term,
    f.scope(() => scaled(f, polyTerm(f, logProbs, gamma, derivatives), poly)),
  );
}

/** @param c the cross-entropy itself */
function crossEntropyDerivatives(
  f: Float64,
  { dLogP, dLogQ, d2LogP, d2LogQ }: LogProbabilities,
  labels: MixedLabels,
  c: Float64Tensor,
): CrossEntropyDerivatives {
  return {
    c,
    dc: f.scope(() => mixedBy(f, labels, dLogP, dLogQ)),
    ...(d2LogP && d2LogQ && { d2c: f.scope(() => mixedBy(f, labels, d2LogP, d2LogQ)) }),
  };
}
