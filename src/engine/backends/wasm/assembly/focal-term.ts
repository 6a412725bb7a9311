import { KernelParams } from './kernel-params';
import { exp } from './math/vector-math';

/**
 * Adds k times the focal loss of two predictions (`params.logProbs`) with positive labels to `params.term`, and κ times what
 * Poly-1 adds, q^{γ+1}. The forms with a detached factor are derived in loss/focal-term.ts.
 *
 *   L = −q^γ log p
 *   L′ = −q^γ (γ m′ ℓ + ℓ′), ℓ = log p, m = log q
 *   L″ = −q^γ (γ ℓ (γ m′² + m″) + 2γ m′ ℓ′ + ℓ″)
 *
 * @param poly κ, ε of Poly-1 times the weights
 * @param complement whether the labels are negative: p and q are exchanged
 */
@inline
export function addFocalTerm(params: KernelParams, k: v128, poly: v128, gamma: v128, complement: bool): void {
  const logProbs = params.logProbs;
  addTerm(
    params,
    k,
    poly,
    gamma,
    complement ? logProbs.p : logProbs.q,
    complement ? logProbs.logQ : logProbs.logP,
    complement ? logProbs.logP : logProbs.logQ,
    complement ? logProbs.dLogQ : logProbs.dLogP,
    complement ? logProbs.dLogP : logProbs.dLogQ,
    complement ? logProbs.d2LogQ : logProbs.d2LogP,
    complement ? logProbs.d2LogP : logProbs.d2LogQ,
  );
}

/** Likewise of any event of probability p, with its derivatives. */
@inline
export function addTerm(
  params: KernelParams,
  k: v128,
  poly: v128,
  gamma: v128,
  q: v128,
  logP: v128,
  logQ: v128,
  dLogP: v128,
  dLogQ: v128,
  d2LogP: v128,
  d2LogQ: v128,
): void {
  const term = params.term;
  const modulator =
    params.smallGamma < 0 ? exp(f64x2.mul(gamma, logQ), params.constants) : smallPower(q, params.smallGamma);
  const weight = f64x2.mul(k, modulator);
  const slope = f64x2.mul(gamma, dLogQ);
  const gradient = params.detachedGradient ? dLogP : f64x2.add(f64x2.mul(slope, logP), dLogP);
  term.loss = f64x2.sub(term.loss, f64x2.mul(weight, logP));
  term.gradient = f64x2.sub(term.gradient, f64x2.mul(weight, gradient));
  if (params.polyEpsilon != 0) addPolyTerm(params, f64x2.mul(poly, f64x2.mul(modulator, q)), gamma, dLogQ, d2LogQ);
  if (!params.hessian) return;
  if (params.detachedHessian) {
    term.hessian = f64x2.sub(term.hessian, f64x2.mul(weight, d2LogP));
    return;
  }
  const modulatorCurvature = f64x2.add(f64x2.mul(slope, dLogQ), d2LogQ);
  const curvature = f64x2.add(
    f64x2.mul(f64x2.mul(gamma, logP), modulatorCurvature),
    f64x2.add(f64x2.mul(f64x2.add(slope, slope), dLogP), d2LogP),
  );
  term.hessian = f64x2.sub(term.hessian, f64x2.mul(weight, curvature));
}

/** With L = κ q^{γ+1}: L′ = (γ+1) m′ L and L″ = (γ+1) [(γ+1) m′² + m″] L; with a detached factor γ + 1 is 1 in them. */
function addPolyTerm(params: KernelParams, loss: v128, gamma: v128, dLogQ: v128, d2LogQ: v128): void {
  const ONE = f64x2.splat(1);
  const term = params.term;
  const power = f64x2.add(gamma, ONE);
  const ofGradient = params.detachedGradient ? ONE : power;
  term.loss = f64x2.add(term.loss, loss);
  term.gradient = f64x2.add(term.gradient, f64x2.mul(loss, f64x2.mul(ofGradient, dLogQ)));
  if (!params.hessian) return;
  const ofHessian = params.detachedHessian ? ONE : power;
  const curvature = f64x2.add(f64x2.mul(ofHessian, f64x2.mul(dLogQ, dLogQ)), d2LogQ);
  term.hessian = f64x2.add(term.hessian, f64x2.mul(loss, f64x2.mul(ofHessian, curvature)));
}

/** u^γ for γ = 0, 1, 2 or 3. */
@inline
export function smallPower(u: v128, gamma: i32): v128 {
  if (gamma == 0) return f64x2.splat(1);
  const square = f64x2.mul(u, u);
  return gamma == 1 ? u : gamma == 2 ? square : f64x2.mul(square, u);
}
