import type { Float64, Float64Tensor, Operand } from './float64.ts';
import type { Derivatives, Term } from './term.ts';

/** Focal loss under sigmoid with labels of 0 or 1, and what else the breakdown needs. */
export interface HardSigmoid {
  readonly term: Term;
  /** −log p_t */
  readonly crossEntropy: Float64Tensor;
  readonly pt: Float64Tensor;
}

/**
 * With s = 1 for a positive and −1 for a negative label, z = −s x, p = σ(−z), q = σ(z), c = −log p = softplus(z) and the weight w:
 *   L = w q^γ c
 *   dL/dx = −s w q^γ (γ p c + q)
 *   d²L/dx² = w p q^γ [(1 + 2γ) q − γ c (q − γ p)]
 *
 * It takes half the ops of the form for soft labels. Reading and writing whole tensors costs more than computing.
 */
export function hardSigmoid(
  f: Float64,
  logits: Float64Tensor,
  minusS: Operand,
  gamma: Operand,
  weight: Operand,
  derivatives: Derivatives,
): HardSigmoid {
  const z = f.mul(minusS, logits);
  const c = f.softplus(z);
  const q = f.sigmoid(z);
  const p = f.sigmoid(f.neg(z));
  const scale = f.scope(() => f.mul(weight, powerOfQ(f, q, z, gamma)));
  const gammaP = f.mul(gamma, p);
  return {
    term: {
      loss: f.mul(scale, c),
      ...(derivatives.gradient && {
        gradient: f.scope(() => f.mul(minusS, f.mul(scale, f.add(f.mul(gammaP, c), q)))),
      }),
      ...(derivatives.hessian && {
        hessian: f.scope(() => {
          const logTerm = f.mul(f.mul(gamma, c), f.sub(q, gammaP));
          return f.mul(f.mul(scale, p), f.sub(f.mul(f.add(1, f.mul(2, gamma)), q), logTerm));
        }),
      }),
    },
    crossEntropy: c,
    pt: p,
  };
}

/** q^γ, computed from log q = −softplus(−z) unless γ is 0, 1 or 2 for all classes. */
function powerOfQ(f: Float64, q: Float64Tensor, z: Float64Tensor, gamma: Operand): Operand {
  if (gamma === 0) return 1;
  if (gamma === 1) return q;
  if (gamma === 2) return f.square(q);
  return f.exp(f.neg(f.mul(gamma, f.softplus(f.neg(z)))));
}
