import { Constants } from './constants';
import { expPrecisely, logOf, twiceAtanh } from './vector-math';

/** p, q = 1 − p, their logarithms and derivatives for two predictions, as in loss/log-probabilities.ts. */
@unmanaged
export class LogProbabilities {
  p: v128;
  q: v128;
  logP: v128;
  logQ: v128;
  // Derivatives with respect to the input, a logit or a probability; those of q are −dp and −d2p.
  dp: v128;
  d2p: v128;
  dLogP: v128;
  dLogQ: v128;
  d2LogP: v128;
  d2LogQ: v128;
}

/**
 * p = σ(x), p′ = pq, p″ = pq (q − p); (log p)′ = q, (log q)′ = −p, (log p)″ = (log q)″ = −pq.
 *
 * With e = e^−|x|, the larger of p and q is 1 / (1 + e), the smaller e / (1 + e), and
 * −log p = max(−x, 0) + log1p(e), log1p(e) = 2 atanh(e / (2 + e)).
 */
@inline
export function fromLogits(x: v128, logProbs: LogProbabilities, constants: Constants): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const e = expPrecisely(v128.or(x, f64x2.splat(-0.0)), constants);
  const onePlus = f64x2.add(ONE, e);
  const larger = f64x2.div(ONE, onePlus);
  const smaller = f64x2.mul(e, larger);
  const log1p = twiceAtanh(f64x2.div(e, f64x2.add(ONE, onePlus)), constants);
  const isPositive = f64x2.ge(x, ZERO);
  const p = v128.bitselect(larger, smaller, isPositive);
  const q = v128.bitselect(smaller, larger, isPositive);
  const pq = f64x2.mul(smaller, larger);
  logProbs.p = p;
  logProbs.q = q;
  logProbs.logP = f64x2.sub(f64x2.pmin(x, ZERO), log1p);
  logProbs.logQ = f64x2.sub(f64x2.pmin(f64x2.neg(x), ZERO), log1p);
  logProbs.dp = pq;
  logProbs.d2p = f64x2.mul(pq, f64x2.sub(q, p));
  logProbs.dLogP = q;
  logProbs.dLogQ = f64x2.neg(p);
  logProbs.d2LogP = f64x2.neg(pq);
  logProbs.d2LogQ = f64x2.neg(pq);
}

/** p and q are each clamped to [ε, 1 − ε]: computed from p, q could be 0, since 1 − ε may round to 1. */
@inline
export function fromProbabilities(x: v128, logProbs: LogProbabilities, epsilon: f64, constants: Constants): void {
  const ONE = f64x2.splat(1);
  const min = f64x2.splat(epsilon);
  const max = f64x2.splat(1 - epsilon);
  const p = f64x2.pmin(f64x2.pmax(x, min), max);
  const q = f64x2.pmin(f64x2.pmax(f64x2.sub(ONE, x), min), max);
  const inverseP = f64x2.div(ONE, p);
  const inverseQ = f64x2.div(ONE, q);
  logProbs.p = p;
  logProbs.q = q;
  logProbs.logP = logOf(p, q, constants);
  logProbs.logQ = logOf(q, p, constants);
  logProbs.dp = ONE;
  logProbs.d2p = f64x2.splat(0);
  logProbs.dLogP = inverseP;
  logProbs.dLogQ = f64x2.neg(inverseQ);
  logProbs.d2LogP = f64x2.neg(f64x2.mul(inverseP, inverseP));
  logProbs.d2LogQ = f64x2.neg(f64x2.mul(inverseQ, inverseQ));
}
