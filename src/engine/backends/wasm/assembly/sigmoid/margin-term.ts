import { addFocalTerm, addTerm } from '../focal-term';
import { KernelParams } from '../kernel-params';
import { logOf } from '../math/vector-math';

/** So far above the margin, in logits, p − m has enough digits as a difference of the smaller of p and q. */
const NEAR: f64 = 0.01;

/**
 * Adds the terms of two predictions with negative labels, shifted by the margin m: p_m = p − m and 1 − p_m = q + m are in the
 * place of p and q, and there is no loss where p ≤ m.
 *
 * Just above the margin p − m is m q (e^d − 1), d = x − log(m / (1 − m)).
 */
@inline
export function addNegativeTerm(params: KernelParams, k: v128, poly: v128, gamma: v128): void {
  if (params.margin == 0) {
    addFocalTerm(params, k, poly, gamma, true);
    return;
  }
  const HALF = f64x2.splat(0.5);
  const logProbs = params.logProbs;
  const margin = f64x2.splat(params.margin);
  let shifted = f64x2.sub(logProbs.p, margin);
  if (!params.probabilities) {
    // Beside a margin near 1, the p of a logit has few of the digits of its q.
    if (params.margin > 0.5) shifted = f64x2.sub(f64x2.splat(1 - params.margin), logProbs.q);
    const d = f64x2.sub(f64x2.sub(logProbs.logP, logProbs.logQ), f64x2.splat(params.marginLogit)); // The difference is x.
    const near = f64x2.mul(f64x2.mul(margin, logProbs.q), expm1OfSmall(d));
    shifted = v128.bitselect(near, shifted, f64x2.lt(f64x2.abs(d), f64x2.splat(NEAR)));
  }
  const counts = f64x2.gt(shifted, f64x2.splat(0));
  const u = v128.bitselect(shifted, HALF, counts);
  const v = v128.bitselect(f64x2.add(logProbs.q, margin), HALF, counts);
  const inverseU = f64x2.div(f64x2.splat(1), u);
  const inverseV = f64x2.div(f64x2.splat(1), v);
  const slopeU = f64x2.mul(logProbs.dp, inverseU);
  const slopeV = f64x2.neg(f64x2.mul(logProbs.dp, inverseV));
  addTerm(
    params,
    v128.and(k, counts),
    v128.and(poly, counts),
    gamma,
    u,
    logOf(v, u, params.constants),
    logOf(u, v, params.constants),
    slopeV,
    slopeU,
    f64x2.sub(f64x2.neg(f64x2.mul(logProbs.d2p, inverseV)), f64x2.mul(slopeV, slopeV)),
    f64x2.sub(f64x2.mul(logProbs.d2p, inverseU), f64x2.mul(slopeU, slopeU)),
  );
}

/** e^d − 1 for |d| < 0.01, by its series. */
@inline
function expm1OfSmall(d: v128): v128 {
  const quartic = f64x2.add(f64x2.splat(1.0 / 6), f64x2.mul(d, f64x2.splat(1.0 / 24)));
  return f64x2.mul(d, f64x2.add(f64x2.splat(1), f64x2.mul(d, f64x2.add(f64x2.splat(0.5), f64x2.mul(d, quartic)))));
}
