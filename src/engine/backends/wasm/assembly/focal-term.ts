import { Job } from './job';
import { exp } from './vector-math';

/**
 * Adds k times the focal loss of two predictions (`job.logPair`) whose label is positive to `job.term`.
 *
 *   L = −q^γ log p
 *   L′ = −q^γ (γ m′ ℓ + ℓ′), ℓ = log p, m = log q
 *   L″ = −q^γ (γ ℓ (γ m′² + m″) + 2γ m′ ℓ′ + ℓ″)
 *
 * @param mirrored the label is negative: p and q change places
 */
@inline
export function addFocalTerm(job: Job, k: v128, gamma: v128, mirrored: bool): void {
  const pair = job.logPair;
  const term = job.term;
  const q = mirrored ? pair.p : pair.q;
  const logP = mirrored ? pair.logQ : pair.logP;
  const logQ = mirrored ? pair.logP : pair.logQ;
  const dLogP = mirrored ? pair.dLogQ : pair.dLogP;
  const dLogQ = mirrored ? pair.dLogP : pair.dLogQ;
  const focus = job.smallGamma < 0 ? exp(f64x2.mul(gamma, logQ), job.constants) : smallPower(q, job.smallGamma);
  const weight = f64x2.mul(k, focus);
  const slope = f64x2.mul(gamma, dLogQ);
  term.loss = f64x2.sub(term.loss, f64x2.mul(weight, logP));
  term.gradient = f64x2.sub(term.gradient, f64x2.mul(weight, f64x2.add(f64x2.mul(slope, logP), dLogP)));
  if (!job.hessian) return;
  const d2LogP = mirrored ? pair.d2LogQ : pair.d2LogP;
  const d2LogQ = mirrored ? pair.d2LogP : pair.d2LogQ;
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
