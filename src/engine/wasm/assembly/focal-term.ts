import { Job } from './job';
import { Term } from './term';
import { exp } from './vector-math';

/**
 * Adds k times the focal loss of two predictions whose label is positive; p and q change places for a negative one.
 *
 *   L = −q^γ log p
 *   L′ = −q^γ (γ m′ ℓ + ℓ′), ℓ = log p, m = log q
 *   L″ = −q^γ (γ ℓ (γ m′² + m″) + 2γ m′ ℓ′ + ℓ″)
 */
@inline
export function addFocalTerm(
  job: Job,
  term: Term,
  k: v128,
  gamma: v128,
  q: v128,
  logP: v128,
  logQ: v128,
  dLogP: v128,
  dLogQ: v128,
  d2LogP: v128,
  d2LogQ: v128,
): void {
  const focus = job.smallGamma < 0 ? exp(f64x2.mul(gamma, logQ), job.constants) : smallPower(q, job.smallGamma);
  const weight = f64x2.mul(k, focus);
  const slope = f64x2.mul(gamma, dLogQ);
  term.loss = f64x2.sub(term.loss, f64x2.mul(weight, logP));
  term.gradient = f64x2.sub(term.gradient, f64x2.mul(weight, f64x2.add(f64x2.mul(slope, logP), dLogP)));
  if (!job.hessian) return;
  const bend = f64x2.add(f64x2.mul(slope, dLogQ), d2LogQ);
  const curve = f64x2.add(
    f64x2.mul(f64x2.mul(gamma, logP), bend),
    f64x2.add(f64x2.mul(f64x2.add(slope, slope), dLogP), d2LogP),
  );
  term.hessian = f64x2.sub(term.hessian, f64x2.mul(weight, curve));
}

/** u^γ for γ = 0, 1, 2 or 3. */
@inline
export function smallPower(u: v128, gamma: i32): v128 {
  if (gamma == 0) return f64x2.splat(1);
  const square = f64x2.mul(u, u);
  return gamma == 1 ? u : gamma == 2 ? square : f64x2.mul(square, u);
}
