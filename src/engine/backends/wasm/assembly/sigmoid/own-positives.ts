import { KernelParams, VARIFOCAL } from '../kernel-params';
import { exp, logOf } from '../math/vector-math';

/** Of such a t, `exp` is off by 1e-8 of 1 − e^t, and the terms of the series that are left out are 3e-12 of it. */
const SMALL: f64 = 0.05;

/**
 * Adds the terms of labels above 0 that have a cross-entropy without focusing: `varifocal` y C, and `matchability` C with y^γ in the
 * place of y.
 *
 * @param notY 1 − y
 * @param k weights of positives; 0 in a lane whose label is 0
 */
@inline
export function addOwnPositives(params: KernelParams, y: v128, notY: v128, k: v128, gamma: v128): void {
  const logProbs = params.logProbs;
  const term = params.term;
  let weight = k;
  let target = y;
  let notTarget = notY;
  if (params.softLabels == VARIFOCAL) weight = f64x2.mul(k, y);
  else {
    const HALF = f64x2.splat(0.5);
    const isLabel = f64x2.gt(y, f64x2.splat(0)); // log u is that of a normal number.
    const t = f64x2.mul(gamma, logOf(v128.bitselect(y, HALF, isLabel), v128.bitselect(notY, HALF, isLabel), params.constants));
    target = exp(t, params.constants);
    notTarget = v128.bitselect(oneMinusExpOfSmall(t), f64x2.sub(f64x2.splat(1), target), f64x2.gt(t, f64x2.splat(-SMALL)));
  }
  const loss = f64x2.add(f64x2.mul(target, logProbs.logP), f64x2.mul(notTarget, logProbs.logQ));
  const slope = f64x2.add(f64x2.mul(target, logProbs.dLogP), f64x2.mul(notTarget, logProbs.dLogQ));
  const curvature = f64x2.add(f64x2.mul(target, logProbs.d2LogP), f64x2.mul(notTarget, logProbs.d2LogQ));
  term.loss = f64x2.sub(term.loss, f64x2.mul(weight, loss));
  term.gradient = f64x2.sub(term.gradient, f64x2.mul(weight, slope));
  term.hessian = f64x2.sub(term.hessian, f64x2.mul(weight, curvature));
}

/** 1 − e^t for −0.05 < t ≤ 0, by its series. */
@inline
function oneMinusExpOfSmall(t: v128): v128 {
  let rest = f64x2.splat(1.0 / 5040);
  rest = f64x2.add(f64x2.splat(1.0 / 720), f64x2.mul(t, rest));
  rest = f64x2.add(f64x2.splat(1.0 / 120), f64x2.mul(t, rest));
  rest = f64x2.add(f64x2.splat(1.0 / 24), f64x2.mul(t, rest));
  rest = f64x2.add(f64x2.splat(1.0 / 6), f64x2.mul(t, rest));
  rest = f64x2.add(f64x2.splat(0.5), f64x2.mul(t, rest));
  rest = f64x2.add(f64x2.splat(1), f64x2.mul(t, rest));
  return f64x2.neg(f64x2.mul(t, rest));
}
