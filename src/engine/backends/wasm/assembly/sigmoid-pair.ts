import { Job } from './job';
import { addGradientSquares, ClassPair } from './sums';
import { exp, twiceAtanh } from './vector-math';

/**
 * Evaluates two elements with hard labels.
 *
 * A positive x is a negative −x, so that with u = −x or x there is one formula for both (γ, α and the weight w apart):
 * q = σ(u) is the probability of the wrong label, p = σ(−u) that of the right one, −log p = softplus(u) and
 *   L = α w q^γ softplus(u)
 *   dL/du = α w q^γ (q + γ p softplus(u)), whose terms have one sign
 *   d²L/du² = α w p q^γ [(1 + 2γ) q − γ (q − γ p) softplus(u)]
 * With e = e^−|u|, the larger of p and q is 1 / (1 + e), the smaller e / (1 + e), and
 * softplus(u) = max(u, 0) + log1p(e), log1p(e) = 2 atanh(e / (2 + e)).
 *
 * `plain` and `training` are constants wherever this is inlined, and take their branches with them.
 *
 * @param at where the elements lie, in bytes from the start of a tensor
 * @param weight of the samples
 * @param positive mask; with `negative`, another, neither is set for a lane that contributes nothing
 * @param single there is only the first
 * @param plain both lanes are negative, and the masks are not looked at
 * @param training gradients and all sums are asked for, and nothing else
 */
@inline
export function evaluatePair(
  job: Job,
  at: usize,
  x: v128,
  weight: v128,
  positive: v128,
  negative: v128,
  pair: ClassPair,
  single: bool,
  plain: bool,
  training: bool,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const SIGN = f64x2.splat(-0.0);
  const constants = job.constants;
  const gamma = pair.gamma;

  const turned = v128.and(positive, SIGN);
  const u = plain ? x : v128.xor(x, turned);
  const e = exp(v128.or(x, SIGN), constants);
  const onePlus = f64x2.add(ONE, e);
  const larger = f64x2.div(ONE, onePlus);
  const log1p = twiceAtanh(f64x2.div(e, f64x2.add(ONE, onePlus)), constants);
  // Of 1 and e, q gets the one and p the other, as u ≥ 0 or not: e ^ (e ^ 1) is 1.
  const both = v128.xor(e, ONE);
  const ofQ = v128.xor(e, v128.and(both, f64x2.ge(u, ZERO)));
  const q = f64x2.mul(ofQ, larger);
  const p = f64x2.mul(v128.xor(ofQ, both), larger);
  const minusLogP = f64x2.add(log1p, f64x2.pmax(u, ZERO));

  let focus: v128; // q^γ
  if (job.smallGamma == 2) focus = f64x2.mul(q, q);
  else if (job.smallGamma == 1) focus = q;
  else if (job.smallGamma == 0) focus = ONE;
  else if (job.smallGamma == 3) focus = f64x2.mul(f64x2.mul(q, q), q);
  else {
    const minusLogQ = f64x2.add(log1p, f64x2.pmax(f64x2.neg(u), ZERO));
    focus = exp(f64x2.neg(f64x2.mul(gamma, minusLogQ)), constants);
  }
  const alpha = plain
    ? pair.negativeAlpha
    : v128.bitselect(pair.positiveAlpha, pair.negativeAlpha, positive);
  let k = f64x2.mul(f64x2.mul(alpha, weight), focus);
  if (!plain) k = v128.and(k, v128.or(positive, negative));
  const loss = f64x2.mul(k, minusLogP);
  const slope = f64x2.mul(k, f64x2.add(q, f64x2.mul(gamma, f64x2.mul(p, minusLogP))));

  if (training || job.gradients) {
    const gradient = plain ? slope : v128.xor(slope, turned);
    storePair(job.gradients + at, f64x2.mul(gradient, f64x2.splat(job.scale)), single);
  }
  if (!training && job.elementwise) storePair(job.elementwise + at, loss, single);
  if (!training && job.hessian) {
    const rise = f64x2.mul(f64x2.add(ONE, f64x2.add(gamma, gamma)), q);
    const fall = f64x2.mul(f64x2.mul(gamma, f64x2.sub(q, f64x2.mul(gamma, p))), minusLogP);
    const curve = f64x2.mul(f64x2.mul(k, p), f64x2.sub(rise, fall));
    storePair(job.hessian + at, f64x2.mul(curve, f64x2.splat(job.scale)), single);
  }

  if (!training && !job.allSums) {
    pair.negativeLoss = f64x2.add(pair.negativeLoss, loss); // One sum for both sides: only the total is wanted.
    return;
  }
  const crossEntropy = f64x2.mul(weight, minusLogP); // `takeSums` weighs classes.
  const predicted = v128.and(f64x2.ge(x, ZERO), ONE);
  if (plain) {
    pair.negativeLoss = f64x2.add(pair.negativeLoss, loss);
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, crossEntropy);
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, slope);
    pair.negativePt = f64x2.add(pair.negativePt, p);
    pair.negativePredicted = f64x2.add(pair.negativePredicted, predicted);
    if (!training && job.gradientSquares) addGradientSquares(pair, ZERO, i64x2.splat(-1), slope);
    return;
  }
  pair.positiveLoss = f64x2.add(pair.positiveLoss, v128.and(positive, loss));
  pair.positiveCrossEntropy = f64x2.add(pair.positiveCrossEntropy, v128.and(positive, crossEntropy));
  pair.positiveGradientL1 = f64x2.add(pair.positiveGradientL1, v128.and(positive, slope));
  pair.positivePt = f64x2.add(pair.positivePt, v128.and(positive, p));
  pair.positiveCount = f64x2.add(pair.positiveCount, v128.and(positive, ONE));
  pair.positivePredicted = f64x2.add(pair.positivePredicted, v128.and(positive, predicted));
  pair.negativeLoss = f64x2.add(pair.negativeLoss, v128.and(negative, loss));
  pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, v128.and(negative, crossEntropy));
  pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, v128.and(negative, slope));
  pair.negativePt = f64x2.add(pair.negativePt, v128.and(negative, p));
  pair.negativeCount = f64x2.add(pair.negativeCount, v128.andnot(f64x2.splat(-1), negative)); // It was counted as one.
  pair.negativePredicted = f64x2.add(pair.negativePredicted, v128.and(negative, predicted));
  if (!training && job.gradientSquares) addGradientSquares(pair, positive, negative, slope);
}

/** Two float32 as float64; the second is 0 for a single one. */
@inline
export function loadPair(at: usize, single: bool): v128 {
  return f64x2.promote_low_f32x4(single ? v128.load32_zero(at) : v128.load64_zero(at));
}

@inline
export function storePair(at: usize, values: v128, single: bool): void {
  const rounded = f32x4.demote_f64x2_zero(values);
  if (single) v128.store32_lane(at, rounded, 0);
  else v128.store64_lane(at, rounded, 0);
}

/** What most requests ask for, and gets loops without the branches for the rest. */
@inline
export function isTraining(job: Job): bool {
  return job.gradients != 0 && job.allSums != 0 && !job.gradientSquares && !job.elementwise && !job.hessian;
}

/** A mask of one lane. */
@inline
export function lane(index: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(i64(index) - 1), 1, -i64(index));
}
