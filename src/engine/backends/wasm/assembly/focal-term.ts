import { KernelParams } from './kernel-params';
import { exp } from './math/vector-math';

/**
 * Adds k times the focal loss of two predictions (`params.logProbs`) with positive labels to `params.term`.
 *
 *   L = −q^γ log p
 *   L′ = −q^γ (γ m′ ℓ + ℓ′), ℓ = log p, m = log q
 *   L″ = −q^γ (γ ℓ (γ m′² + m″) + 2γ m′ ℓ′ + ℓ″)
 *
 * @param complement whether the labels are negative: p and q are exchanged
 */
@inline
export function addFocalTerm(params: KernelParams, k: v128, gamma: v128, complement: bool): void {
  const logProbs = params.logProbs;
  const term = params.term;
  const q = complement ? logProbs.p : logProbs.q;
  const logP = complement ? logProbs.logQ : logProbs.logP;
  const logQ = complement ? logProbs.logP : logProbs.logQ;
  const dLogP = complement ? logProbs.dLogQ : logProbs.dLogP;
  const dLogQ = complement ? logProbs.dLogP : logProbs.dLogQ;
  const modulator =
    params.smallGamma < 0 ? exp(f64x2.mul(gamma, logQ), params.constants) : smallPower(q, params.smallGamma);
  const weight = f64x2.mul(k, modulator);
  const slope = f64x2.mul(gamma, dLogQ);
  term.loss = f64x2.sub(term.loss, f64x2.mul(weight, logP));
  term.gradient = f64x2.sub(term.gradient, f64x2.mul(weight, f64x2.add(f64x2.mul(slope, logP), dLogP)));
  if (!params.hessian) return;
  const d2LogP = complement ? logProbs.d2LogQ : logProbs.d2LogP;
  const d2LogQ = complement ? logProbs.d2LogP : logProbs.d2LogQ;
  const modulatorCurvature = f64x2.add(f64x2.mul(slope, dLogQ), d2LogQ);
  const curvature = f64x2.add(
    f64x2.mul(f64x2.mul(gamma, logP), modulatorCurvature),
    f64x2.add(f64x2.mul(f64x2.add(slope, slope), dLogP), d2LogP),
  );
  term.hessian = f64x2.sub(term.hessian, f64x2.mul(weight, curvature));
}

/** u^γ for γ = 0, 1, 2 or 3. */
@inline
export function smallPower(u: v128, gamma: i32): v128 {
  if (gamma == 0) return f64x2.splat(1);
  const square = f64x2.mul(u, u);
  return gamma == 1 ? u : gamma == 2 ? square : f64x2.mul(square, u);
}
