import type { Float64, Operand, Wide } from './float64.ts';
import type { Term, Wanted } from './focal-term.ts';
import type { DeviceBatch } from './read-inputs.ts';

/** Focal loss under sigmoid where every label is 0 or 1, and what the breakdown needs besides. */
export interface HardSigmoid {
  readonly term: Term;
  /** −log p_t */
  readonly crossEntropy: Wide;
  readonly pt: Wide;
}

/**
 * With s = ±1 by the label, z = −s x, p = σ(−z), q = σ(z), c = −log p = softplus(z) and the weight w:
 *   L = w q^γ c
 *   dL/dx = −s w q^γ (γ p c + q)
 *   d²L/dx² = w p q^γ [(1 + 2γ) q − γ c (q − γ p)]
 *
 * Half the ops of the form for soft labels: what a whole tensor is read and written for costs more than what is computed.
 */
export function hardSigmoid(f: Float64, batch: DeviceBatch, weight: Wide, wanted: Wanted): HardSigmoid {
  const { gamma } = batch;
  const minusS = f.select(batch.isPositive, -1, 1);
  const z = f.mul(minusS, batch.predictions);
  const c = f.softplus(z);
  const q = f.sigmoid(z);
  const p = f.sigmoid(f.neg(z));
  const scale = f.scope(() => f.mul(weight, powerOfQ(f, q, z, gamma)));
  const gammaP = f.mul(gamma, p);
  return {
    term: {
      loss: f.mul(scale, c),
      ...(wanted.gradient && {
        gradient: f.scope(() => f.mul(minusS, f.mul(scale, f.add(f.mul(gammaP, c), q)))),
      }),
      ...(wanted.hessian && {
        hessian: f.scope(() => {
          const bend = f.mul(f.mul(gamma, c), f.sub(q, gammaP));
          return f.mul(f.mul(scale, p), f.sub(f.mul(f.add(1, f.mul(2, gamma)), q), bend));
        }),
      }),
    },
    crossEntropy: c,
    pt: p,
  };
}

/** q^γ, from log q = −softplus(−z) unless γ needs no power. */
function powerOfQ(f: Float64, q: Wide, z: Wide, gamma: Operand): Operand {
  if (gamma === 0) return 1;
  if (gamma === 1) return q;
  if (gamma === 2) return f.square(q);
  return f.exp(f.neg(f.mul(gamma, f.softplus(f.neg(z)))));
}
