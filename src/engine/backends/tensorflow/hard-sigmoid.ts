import type { Float64, Float64Tensor, Operand } from './float64.ts';
import { type Derivatives, sumOf, type Term } from './term.ts';

/** Focal loss under sigmoid with labels of 0 or 1, and what else is needed. */
export interface HardSigmoid {
  readonly term: Term;
  /** The first derivative with a detached factor, if only the second one has such a factor. */
  readonly detachedGradient?: Float64Tensor;
  /** −log p_t */
  readonly crossEntropy: Float64Tensor;
  readonly pt: Float64Tensor;
}

/** The weights of focal loss and of what Poly-1 adds, if it is in use. */
export interface HardWeights {
  readonly focal: Operand;
  readonly poly?: Operand | undefined;
}

/**
 * With s = 1 for a positive and −1 for a negative label, z = −s x, p = σ(−z), q = σ(z), c = −log p = softplus(z) and the weight w:
 *   L = w q^γ c
 *   dL/dx = −s w q^γ (γ p c + q)
 *   d²L/dx² = w p q^γ [(1 + 2γ) q − γ c (q − γ p)]
 * and −s w q^γ q and w p q^γ q with a detached factor.
 *
 * It takes half the ops of the form for soft labels. Reading and writing whole tensors costs more than computing.
 */
export function hardSigmoid(
  f: Float64,
  logits: Float64Tensor,
  minusS: Operand,
  gamma: Operand,
  weights: HardWeights,
  derivatives: Derivatives,
): HardSigmoid {
  const { detached } = derivatives;
  const z = f.mul(minusS, logits);
  const c = f.softplus(z);
  const q = f.sigmoid(z);
  const p = f.sigmoid(f.neg(z));
  const modulator = weights.poly === undefined ? undefined : powerOfQ(f, q, z, gamma);
  const scale = f.scope(() => f.mul(weights.focal, modulator ?? powerOfQ(f, q, z, gamma)));
  const gammaP = f.mul(gamma, p);
  const gradient = (isDetached: boolean) =>
    f.scope(() => f.mul(minusS, f.mul(scale, isDetached ? q : f.add(f.mul(gammaP, c), q))));
  const hessian = () => {
    if (detached.hessian) return f.mul(f.mul(scale, p), q);
    const logTerm = f.mul(f.mul(gamma, c), f.sub(q, gammaP));
    return f.mul(f.mul(scale, p), f.sub(f.mul(f.add(1, f.mul(2, gamma)), q), logTerm));
  };
  const focal: Term = {
    loss: f.mul(scale, c),
    ...(derivatives.gradient && { gradient: gradient(detached.gradient) }),
    ...(derivatives.hessian && { hessian: f.scope(hessian) }),
  };
  const needsDetached = derivatives.hessian && detached.hessian && !detached.gradient;
  const breakdown = { crossEntropy: c, pt: p };
  if (modulator === undefined) {
    return { term: focal, ...(needsDetached && { detachedGradient: gradient(true) }), ...breakdown };
  }
  const polyLoss = f.mul(weights.poly!, f.mul(modulator, q));
  const poly = f.scope(() => polyTerm(f, polyLoss, p, q, minusS, gamma, derivatives));
  const detachedGradient = () => f.add(gradient(true), f.mul(minusS, f.mul(polyLoss, p)));
  return { term: sumOf(f, focal, poly), ...(needsDetached && { detachedGradient: detachedGradient() }), ...breakdown };
}

/** What Poly-1 adds, with the loss κ q^{γ+1}; its derivatives are those of loss/focal-term.ts. */
function polyTerm(
  f: Float64,
  loss: Float64Tensor,
  p: Float64Tensor,
  q: Float64Tensor,
  minusS: Operand,
  gamma: Operand,
  { gradient, hessian, detached }: Derivatives,
): Term {
  const pTimes = (isDetached: boolean) => (isDetached ? p : f.mul(f.add(gamma, 1), p));
  const curvature = () => {
    const powerP = pTimes(detached.hessian);
    return f.mul(powerP, f.sub(powerP, q));
  };
  return {
    loss,
    ...(gradient && { gradient: f.mul(minusS, f.mul(loss, pTimes(detached.gradient))) }),
    ...(hessian && { hessian: f.mul(loss, curvature()) }),
  };
}

/** q^γ, computed from log q = −softplus(−z) unless γ is 0, 1 or 2 for all classes. */
function powerOfQ(f: Float64, q: Float64Tensor, z: Float64Tensor, gamma: Operand): Operand {
  if (gamma === 0) return 1;
  if (gamma === 1) return q;
  if (gamma === 2) return f.square(q);
  return f.exp(f.neg(f.mul(gamma, f.softplus(f.neg(z)))));
}
