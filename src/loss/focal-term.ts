import type { LogProbabilities } from './log-probabilities.ts';

/** A loss and its first two derivatives with respect to the input, a logit or a probability. */
export interface Term {
  readonly loss: number;
  readonly gradient: number;
  readonly hessian: number;
}

export const NO_TERM: Term = { loss: 0, gradient: 0, hessian: 0 };

/** Which derivatives take the modulating factor q^γ for a constant: what remains are those of the rest, times the factor. */
export interface Detached {
  readonly gradient: boolean;
  readonly hessian: boolean;
}

/** The derivatives of the whole loss. */
export const DIFFERENTIATED: Detached = { gradient: false, hessian: false };

/**
 * Focal loss of a prediction with a positive label, L = −q^γ log p with q = 1 − p (Lin et al. 2017), without α.
 *
 * With ℓ = log p, m = log q and q^γ = e^{γm}:
 *   L′ = −q^γ (γ m′ ℓ + ℓ′)
 *   L″ = −q^γ (γ² m′² ℓ + γ m″ ℓ + 2γ m′ ℓ′ + ℓ″)
 * For a logit (ℓ′ = q, m′ = −p, ℓ″ = m″ = −pq) this is q^γ (γ p log p − q) and
 * p q^γ [(1 + 2γ) q + γ (q − γ p) log p]. Nothing cancels: all terms of L′ have one sign.
 *
 * With a detached factor only the derivatives of ℓ remain, −q^γ ℓ′ and −q^γ ℓ″: for a logit −q^γ q and q^γ p q.
 */
export function focalTerm(logProbs: LogProbabilities, gamma: number, detached = DIFFERENTIATED): Term {
  const { logP, dLogP, dLogQ, d2LogP, d2LogQ } = logProbs;
  const modulator = power(logProbs.logQ, gamma);
  const slope = gamma * dLogQ * logP;
  const curvature = gamma * logP * (gamma * dLogQ * dLogQ + d2LogQ) + 2 * gamma * dLogQ * dLogP;
  return {
    loss: -modulator * logP,
    gradient: -modulator * (detached.gradient ? dLogP : slope + dLogP),
    hessian: -modulator * (detached.hessian ? d2LogP : curvature + d2LogP),
  };
}

/**
 * What Poly-1 (Leng et al. 2022) adds to it for ε = 1: q^{γ+1} = e^{(γ+1)m}, with the derivatives (γ+1) m′ q^{γ+1} and
 * [(γ+1)² m′² + (γ+1) m″] q^{γ+1}. With a detached factor q^γ they are those of q^γ e^m: γ + 1 is 1 in them.
 */
export function polyTerm({ logQ, dLogQ, d2LogQ }: LogProbabilities, gamma: number, detached = DIFFERENTIATED): Term {
  const loss = Math.exp((gamma + 1) * logQ);
  const ofGradient = detached.gradient ? 1 : gamma + 1;
  const ofHessian = detached.hessian ? 1 : gamma + 1;
  return {
    loss,
    gradient: loss * ofGradient * dLogQ,
    hessian: loss * ofHessian * (ofHessian * dLogQ * dLogQ + d2LogQ),
  };
}

/** u^γ, computed from log u; 1 for γ = 0, even if u = 0. */
export function power(logU: number, gamma: number): number {
  return gamma === 0 ? 1 : Math.exp(gamma * logU);
}

export function scaled(term: Term, weight: number): Term {
  return { loss: weight * term.loss, gradient: weight * term.gradient, hessian: weight * term.hessian };
}

export function sum(a: Term, b: Term): Term {
  return { loss: a.loss + b.loss, gradient: a.gradient + b.gradient, hessian: a.hessian + b.hessian };
}
