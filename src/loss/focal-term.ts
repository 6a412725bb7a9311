import type { LogProbabilities } from './log-probabilities.ts';

/** A loss and its first two derivatives with respect to the input, a logit or a probability. */
export interface Term {
  readonly loss: number;
  readonly gradient: number;
  readonly hessian: number;
}

/**
 * Focal loss of a prediction with a positive label, L = −q^γ log p with q = 1 − p (Lin et al. 2017), without α.
 *
 * With ℓ = log p, m = log q and q^γ = e^{γm}:
 *   L′ = −q^γ (γ m′ ℓ + ℓ′)
 *   L″ = −q^γ (γ² m′² ℓ + γ m″ ℓ + 2γ m′ ℓ′ + ℓ″)
 * For a logit (ℓ′ = q, m′ = −p, ℓ″ = m″ = −pq) this is q^γ (γ p log p − q) and
 * p q^γ [(1 + 2γ) q + γ (q − γ p) log p]. Nothing cancels: all terms of L′ have one sign.
 */
export function focalTerm(logProbs: LogProbabilities, gamma: number): Term {
  const { logP, dLogP, dLogQ, d2LogP, d2LogQ } = logProbs;
  const modulator = power(logProbs.logQ, gamma);
  return {
    loss: -modulator * logP,
    gradient: -modulator * (gamma * dLogQ * logP + dLogP),
    hessian: -modulator * (gamma * logP * (gamma * dLogQ * dLogQ + d2LogQ) + 2 * gamma * dLogQ * dLogP + d2LogP),
  };
}

/** u^γ, computed from log u; 1 for γ = 0, even if u = 0. */
export function power(logU: number, gamma: number): number {
  return gamma === 0 ? 1 : Math.exp(gamma * logU);
}
