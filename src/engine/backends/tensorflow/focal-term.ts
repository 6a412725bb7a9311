import type { Float64, Float64Tensor, Operand } from './float64.ts';
import type { LogProbabilities } from './log-probabilities.ts';
import type { Derivatives, Term } from './term.ts';

/** The modulating factor u^γ by log u, u′/u and u″/u: u itself may be too small to divide by. */
export interface Modulation {
  readonly logU: Float64Tensor;
  /** u′/u */
  readonly slope: Float64Tensor;
  /** u″/u, if second derivatives are requested. */
  readonly curvature?: Float64Tensor;
}

/** A cross-entropy C and its derivatives; C″ if second derivatives are requested. */
export interface CrossEntropyDerivatives {
  readonly c: Float64Tensor;
  readonly dc: Float64Tensor;
  readonly d2c?: Float64Tensor;
}

/**
 * u^γ C by the product rule:
 *   (u^γ C)′ = u^γ [γ (u′/u) C + C′]
 *   (u^γ C)″ = u^γ [γ C ((γ−1) (u′/u)² + u″/u) + 2γ (u′/u) C′ + C″]
 *
 * With u = q and C = −log p, as for a hard label, this is focal loss, exact at every logit. With a detached factor only the last
 * terms remain.
 */
export function modulated(
  f: Float64,
  u: Modulation,
  { c, dc, d2c }: CrossEntropyDerivatives,
  gamma: Operand,
  derivatives: Derivatives,
): Term {
  const modulator = f.exp(f.mul(gamma, u.logU));
  const modulatorSlope = () => f.mul(gamma, u.slope);
  const ofModulator = () =>
    f.add(
      f.mul(f.mul(gamma, c), f.add(f.mul(f.sub(gamma, 1), f.square(u.slope)), u.curvature!)),
      f.mul(f.mul(2, modulatorSlope()), dc),
    );
  return {
    loss: f.mul(modulator, c),
    ...(derivatives.gradient && {
      gradient: f.mul(modulator, derivatives.detached.gradient ? dc : f.add(f.mul(modulatorSlope(), c), dc)),
    }),
    ...(derivatives.hessian && {
      hessian: f.mul(modulator, derivatives.detached.hessian ? d2c! : f.add(ofModulator(), d2c!)),
    }),
  };
}

/** Focal loss of predictions with positive labels, −q^γ log p. */
export function focalTerm(f: Float64, logProbs: LogProbabilities, gamma: Operand, derivatives: Derivatives): Term {
  const entropy: CrossEntropyDerivatives = {
    c: f.neg(logProbs.logP),
    dc: f.neg(logProbs.dLogP),
    ...(logProbs.d2LogP && { d2c: f.neg(logProbs.d2LogP) }),
  };
  return modulated(f, modulationByQ(f, logProbs), entropy, gamma, derivatives);
}

/** What Poly-1 adds to it for ε = 1, q^{γ+1}, as derived in loss/focal-term.ts. */
export function polyTerm(
  f: Float64,
  { logQ, dLogQ, d2LogQ }: LogProbabilities,
  gamma: Operand,
  { gradient, hessian, detached }: Derivatives,
): Term {
  const power = f.add(gamma, 1);
  const loss = f.exp(f.mul(power, logQ));
  const ofGradient = detached.gradient ? 1 : power;
  const ofHessian = detached.hessian ? 1 : power;
  return {
    loss,
    ...(gradient && { gradient: f.mul(loss, f.mul(ofGradient, dLogQ)) }),
    ...(hessian && {
      hessian: f.mul(loss, f.mul(ofHessian, f.add(f.mul(ofHessian, f.square(dLogQ)), d2LogQ!))),
    }),
  };
}

/** The modulating factor of a positive label, with u = q. */
export function modulationByQ(f: Float64, logProbs: LogProbabilities): Modulation {
  const { logQ, dLogQ, d2LogQ } = logProbs;
  return { logU: logQ, slope: dLogQ, ...(d2LogQ && { curvature: curvatureOf(f, dLogQ, d2LogQ) }) };
}

/** u″/u from the derivatives of log u. */
export function curvatureOf(f: Float64, dLogU: Float64Tensor, d2LogU: Float64Tensor): Float64Tensor {
  return f.add(f.square(dLogU), d2LogU);
}
