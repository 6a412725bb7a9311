import type { SoftLabels } from '../../../loss/labelled-term.ts';
import type { Float64, Float64Tensor, Mask, Operand } from './float64.ts';
import type { LogProbabilities } from './log-probabilities.ts';
import { type MixedLabels, mixedBy } from './mixed-labels.ts';
import { type Derivatives, scaled, type Term } from './term.ts';

/** Labels y > 0 whose cross-entropy has no focusing: `varifocal` y C, and `matchability` C with y^γ in the place of y. */
export function ownPositiveTerm(
  f: Float64,
  logProbs: LogProbabilities,
  labels: MixedLabels,
  isNegative: Mask,
  gamma: Operand,
  weight: Float64Tensor,
  form: SoftLabels,
  { gradient, hessian }: Derivatives,
): Term {
  const isVarifocal = form === 'varifocal';
  const own = isVarifocal ? labels : f.scope(() => powerOfLabel(f, labels, isNegative, gamma));
  const { logP, logQ, dLogP, dLogQ, d2LogP, d2LogQ } = logProbs;
  const term: Term = {
    loss: f.scope(() => mixedBy(f, own, logP, logQ)),
    ...(gradient && { gradient: f.scope(() => mixedBy(f, own, dLogP, dLogQ)) }),
    ...(hessian && { hessian: f.scope(() => mixedBy(f, own, d2LogP!, d2LogQ!)) }),
  };
  return scaled(f, term, isVarifocal ? f.mul(weight, labels.y) : weight);
}

/** y^γ and 1 − y^γ, and 1 and 0 for a label of 0. */
function powerOfLabel(f: Float64, { y, notY }: MixedLabels, isNegative: Mask, gamma: Operand): MixedLabels {
  const logY = f.select(
    f.less(y, 0.5),
    f.log(f.select(isNegative, 1, y)),
    f.log1p(f.neg(f.select(isNegative, 0, notY))),
  );
  const t = f.mul(gamma, f.select(isNegative, 0, logY));
  return { y: f.exp(t), notY: f.neg(f.expm1(t)) };
}
