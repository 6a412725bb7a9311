import { addFocalTerm, smallPower } from './focal-term';
import { Job, QUALITY, TERMWISE } from './job';
import { ClassPair } from './sums';
import { exp, logOf } from './vector-math';

/**
 * Focal loss of two sigmoid predictions (`job.logPair`) under labels y in [0, 1], into `job.term`; the forms and the
 * derivations are those of loss/labelled-term.ts. At y = 0 and y = 1 every form here turns into the hard one of its own
 * accord, to float64 precision, given that log u is then taken from log p or log q.
 *
 * @param weight 0 in a lane that contributes nothing
 */
@inline
export function labelledTerm(job: Job, y: v128, weight: v128, options: ClassPair): void {
  const pair = job.logPair;
  const term = job.term;
  const notY = f64x2.sub(f64x2.splat(1), y);
  const positive = f64x2.mul(f64x2.mul(options.positiveAlpha, weight), y);
  const negative = f64x2.mul(f64x2.mul(options.negativeAlpha, weight), notY);
  term.crossEntropy = f64x2.neg(f64x2.add(f64x2.mul(y, pair.logP), f64x2.mul(notY, pair.logQ)));
  if (job.softLabels == TERMWISE) {
    termwise(job, positive, negative, options.gamma);
    return;
  }
  const k = f64x2.add(positive, negative);
  if (job.softLabels == QUALITY) quality(job, y, notY, k, options.gamma);
  else interpolated(job, y, notY, k, options.gamma);
}

/** Both hard terms, in parts. */
function termwise(job: Job, positive: v128, negative: v128, gamma: v128): void {
  const ZERO = f64x2.splat(0);
  const term = job.term;
  term.loss = ZERO;
  term.gradient = ZERO;
  term.hessian = ZERO;
  addFocalTerm(job, positive, gamma, false);
  addFocalTerm(job, negative, gamma, true);
}

/** u = y q + (1 − y) p, and so 1 − u = y p + (1 − y) q. */
function interpolated(job: Job, y: v128, notY: v128, k: v128, gamma: v128): void {
  const pair = job.logPair;
  const u = f64x2.add(f64x2.mul(y, pair.q), f64x2.mul(notY, pair.p));
  const v = f64x2.add(f64x2.mul(y, pair.p), f64x2.mul(notY, pair.q));
  const lean = f64x2.sub(notY, y);
  modulated(job, y, notY, k, gamma, u, v, f64x2.mul(lean, pair.dp), f64x2.mul(lean, pair.d2p));
}

/**
 * u = |p − y|, from whichever of p and q is small, and 1 − u = y + q or (1 − y) + p as p ≥ y or not.
 *
 * At p = y a stand-in for u = 0 makes 0 of every power of u but the u^0 of u″ at γ = 2. For any other γ no term with u′
 * or u″ is left: for γ > 2 they are 0, and for γ < 2 there is a kink or no finite second derivative, and the definition
 * leaves them out.
 */
function quality(job: Job, y: v128, notY: v128, k: v128, gamma: v128): void {
  const ZERO = f64x2.splat(0);
  const pair = job.logPair;
  const distance = v128.bitselect(f64x2.sub(pair.p, y), f64x2.sub(notY, pair.q), f64x2.lt(pair.p, pair.q));
  const isAtRoot = f64x2.eq(distance, ZERO);
  const u = v128.bitselect(f64x2.splat(NEARLY_ZERO), f64x2.abs(distance), isAtRoot);
  const v = v128.bitselect(f64x2.add(y, pair.q), f64x2.add(notY, pair.p), f64x2.ge(distance, ZERO));
  const sign = v128.and(distance, f64x2.splat(-0.0));
  const isFlat = v128.and(isAtRoot, f64x2.ne(gamma, f64x2.splat(2)));
  const du = v128.andnot(v128.xor(pair.dp, sign), isFlat);
  const d2u = v128.andnot(v128.xor(pair.d2p, sign), isFlat);
  modulated(job, y, notY, k, gamma, u, v, du, d2u);
}

/**
 * u^γ C, C the cross-entropy, with u′ and u″ divided by u: they are as small as u where it is nearly 0.
 *   (u^γ C)′ = u^γ [γ (u′/u) C + C′]
 *   (u^γ C)″ = u^γ [γ ((γ − 1) (u′/u)² + u″/u) C + 2γ (u′/u) C′ + C″]
 *
 * @param u a normal number > 0
 * @param v 1 − u
 */
@inline
function modulated(
  job: Job,
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
  const pair = job.logPair;
  const term = job.term;
  let focus: v128;
  if (job.smallGamma < 0) {
    // What e^x can't hold still counts in log u, where u is p or q alone.
    const ofHard = v128.bitselect(pair.logQ, pair.logP, f64x2.eq(y, ONE));
    const isSoft = v128.and(f64x2.ne(y, f64x2.splat(0)), f64x2.ne(y, ONE));
    const logU = v128.bitselect(logOf(u, v, job.constants), ofHard, isSoft);
    focus = exp(f64x2.mul(gamma, logU), job.constants);
  } else focus = smallPower(u, job.smallGamma);

  const weight = f64x2.mul(k, focus);
  const c = term.crossEntropy;
  const dc = f64x2.neg(f64x2.add(f64x2.mul(y, pair.dLogP), f64x2.mul(notY, pair.dLogQ)));
  const inverse = f64x2.div(ONE, u);
  const slope = f64x2.mul(du, inverse);
  const focusSlope = f64x2.mul(gamma, slope);
  term.loss = f64x2.mul(weight, c);
  term.gradient = f64x2.mul(weight, f64x2.add(f64x2.mul(focusSlope, c), dc));
  if (!job.hessian) return;
  const d2c = f64x2.neg(f64x2.add(f64x2.mul(y, pair.d2LogP), f64x2.mul(notY, pair.d2LogQ)));
  const bend = f64x2.add(f64x2.mul(f64x2.sub(gamma, ONE), f64x2.mul(slope, slope)), f64x2.mul(d2u, inverse));
  const curve = f64x2.add(
    f64x2.mul(f64x2.mul(gamma, bend), c),
    f64x2.add(f64x2.mul(f64x2.add(focusSlope, focusSlope), dc), d2c),
  );
  term.hessian = f64x2.mul(weight, curve);
}

/** Its square and the inverse of that are normal. */
const NEARLY_ZERO: f64 = 1e-100;
