import { addFocalTerm, smallPower } from '../focal-term';
import { KernelParams, QUALITY, TERMWISE, VARIFOCAL } from '../kernel-params';
import { ClassPair } from '../sums';
import { isNearRoot, NEARLY_ZERO } from './evaluate-records';
import { exp, logOf } from '../math/vector-math';
import { addNegativeTerm } from './margin-term';
import { addOwnPositives } from './own-positives';

/**
 * Writes the focal loss of two sigmoid predictions (`params.logProbs`) with labels y in [0, 1] to `params.term`; the forms
 * are derived in loss/labelled-term.ts. At y = 0 and y = 1 every form here equals the hard one to float64 precision, if
 * log u is taken from log p or log q there.
 *
 * @param notY 1 − y
 * @param weight the sample weights; 0 in a lane that contributes nothing
 */
@inline
export function labelledTerm(params: KernelParams, y: v128, notY: v128, weight: v128, options: ClassPair): void {
  const logProbs = params.logProbs;
  const term = params.term;
  const positive = f64x2.mul(f64x2.mul(options.positiveAlpha, weight), y);
  const negative = f64x2.mul(f64x2.mul(options.negativeAlpha, weight), notY);
  term.crossEntropy = f64x2.neg(f64x2.add(f64x2.mul(y, logProbs.logP), f64x2.mul(notY, logProbs.logQ)));
  if (params.softLabels == TERMWISE || params.softLabels >= VARIFOCAL) {
    const ZERO = f64x2.splat(0);
    term.loss = ZERO;
    term.gradient = ZERO;
    term.hessian = ZERO;
    if (params.softLabels == TERMWISE) termwise(params, y, notY, positive, negative, weight, options);
    else withOwnPositives(params, y, notY, weight, options);
    return;
  }
  const k = f64x2.add(positive, negative);
  if (params.softLabels == QUALITY) quality(params, y, notY, k, options.gamma);
  else interpolated(params, y, notY, k, options.gamma);
}

/** The sum of both hard terms, weighted by the label. */
function termwise(
  params: KernelParams,
  y: v128,
  notY: v128,
  positive: v128,
  negative: v128,
  weight: v128,
  options: ClassPair,
): void {
  const poly = f64x2.mul(f64x2.mul(options.classWeight, f64x2.splat(params.polyEpsilon)), weight);
  addFocalTerm(params, positive, f64x2.mul(poly, y), options.gamma, false);
  addNegativeTerm(params, negative, f64x2.mul(poly, notY), options.negativeGamma);
}

/** Labels of 0 have the hard term. */
function withOwnPositives(params: KernelParams, y: v128, notY: v128, weight: v128, options: ClassPair): void {
  const ZERO = f64x2.splat(0);
  const isNegative = f64x2.eq(y, ZERO);
  const negative = v128.and(f64x2.mul(options.negativeAlpha, weight), isNegative);
  const positive = v128.andnot(f64x2.mul(options.positiveAlpha, weight), isNegative);
  addFocalTerm(params, negative, ZERO, options.negativeGamma, true);
  addOwnPositives(params, y, notY, positive, options.gamma);
}

/** u = y q + (1 − y) p, and so 1 − u = y p + (1 − y) q. */
function interpolated(params: KernelParams, y: v128, notY: v128, k: v128, gamma: v128): void {
  const logProbs = params.logProbs;
  const u = f64x2.add(f64x2.mul(y, logProbs.q), f64x2.mul(notY, logProbs.p));
  const v = f64x2.add(f64x2.mul(y, logProbs.p), f64x2.mul(notY, logProbs.q));
  const labelSlope = f64x2.sub(notY, y);
  modulated(params, y, notY, k, gamma, u, v, f64x2.mul(labelSlope, logProbs.dp), f64x2.mul(labelSlope, logProbs.d2p));
}

/**
 * u = |p − y|, computed from the smaller of p and q, and 1 − u, which is y + q if p ≥ y and (1 − y) + p otherwise.
 *
 * At p = y, u is replaced by a tiny number, whose powers are all 0 except the u^0 that multiplies u″ at γ = 2. For any
 * other γ, u′ and u″ are set to 0: their terms vanish for γ > 2, and for γ < 2, where the loss has a kink or no finite
 * second derivative, the reference omits them.
 */
function quality(params: KernelParams, y: v128, notY: v128, k: v128, gamma: v128): void {
  const ZERO = f64x2.splat(0);
  const logProbs = params.logProbs;
  const distance = v128.bitselect(
    f64x2.sub(logProbs.p, y),
    f64x2.sub(notY, logProbs.q),
    f64x2.lt(logProbs.p, logProbs.q),
  );
  const isAtRoot = isNearRoot(distance);
  const u = v128.bitselect(f64x2.splat(NEARLY_ZERO), f64x2.abs(distance), isAtRoot);
  const v = v128.bitselect(f64x2.add(y, logProbs.q), f64x2.add(notY, logProbs.p), f64x2.ge(distance, ZERO));
  const sign = v128.and(distance, f64x2.splat(-0.0));
  const hasNoDerivative = v128.and(isAtRoot, f64x2.ne(gamma, f64x2.splat(2)));
  const du = v128.andnot(v128.xor(logProbs.dp, sign), hasNoDerivative);
  const d2u = v128.andnot(v128.xor(logProbs.d2p, sign), hasNoDerivative);
  modulated(params, y, notY, k, gamma, u, v, du, d2u);
}

/**
 * u^γ C, where C is the cross-entropy. u′ and u″ appear divided by u, since they are as small as u where it is nearly 0.
 *   (u^γ C)′ = u^γ [γ (u′/u) C + C′]
 *   (u^γ C)″ = u^γ [γ ((γ − 1) (u′/u)² + u″/u) C + 2γ (u′/u) C′ + C″]
 *
 * @param u a normal number > 0
 * @param v 1 − u
 */
@inline
function modulated(
  params: KernelParams,
  y: v128,
  notY: v128,
  k: v128,
  gamma: v128,
  u: v128,
  v: v128,
  du: v128,
  d2u: v128,
): void {
  const ONE = f64x2.splat(1);
  const logProbs = params.logProbs;
  const term = params.term;
  let modulator: v128;
  if (params.smallGamma < 0) {
    // For hard labels u is p or q, whose logarithm is exact even where e^x underflows.
    const ZERO = f64x2.splat(0);
    const hardLogU = v128.bitselect(logProbs.logQ, logProbs.logP, f64x2.eq(notY, ZERO));
    const isSoft = v128.and(f64x2.ne(y, ZERO), f64x2.ne(notY, ZERO));
    const logU = v128.bitselect(logOf(u, v, params.constants), hardLogU, isSoft);
    modulator = exp(f64x2.mul(gamma, logU), params.constants);
  } else modulator = smallPower(u, params.smallGamma);

  const weight = f64x2.mul(k, modulator);
  const c = term.crossEntropy;
  const dc = f64x2.neg(f64x2.add(f64x2.mul(y, logProbs.dLogP), f64x2.mul(notY, logProbs.dLogQ)));
  const inverse = f64x2.div(ONE, u);
  const slope = f64x2.mul(du, inverse);
  const modulatorSlope = f64x2.mul(gamma, slope);
  term.loss = f64x2.mul(weight, c);
  term.gradient = f64x2.mul(weight, params.detachedGradient ? dc : f64x2.add(f64x2.mul(modulatorSlope, c), dc));
  if (!params.hessian) return;
  const d2c = f64x2.neg(f64x2.add(f64x2.mul(y, logProbs.d2LogP), f64x2.mul(notY, logProbs.d2LogQ)));
  if (params.detachedHessian) {
    term.hessian = f64x2.mul(weight, d2c);
    return;
  }
  const modulatorCurvature = f64x2.add(
    f64x2.mul(f64x2.sub(gamma, ONE), f64x2.mul(slope, slope)),
    f64x2.mul(d2u, inverse),
  );
  const curvature = f64x2.add(
    f64x2.mul(f64x2.mul(gamma, modulatorCurvature), c),
    f64x2.add(f64x2.mul(f64x2.add(modulatorSlope, modulatorSlope), dc), d2c),
  );
  term.hessian = f64x2.mul(weight, curvature);
}
