import { DETACHED, KernelParams, VARIFOCAL } from '../kernel-params';
import { addGradientSquares, ClassPair } from '../sums';
import { exp, twiceAtanh } from '../math/vector-math';

/**
 * Evaluates two elements with hard labels.
 *
 * With u = −x for a positive and u = x for a negative label, one formula serves both, apart from α. With γ, α and the
 * weight w: q = σ(u) is the probability of the wrong label, p = σ(−u) that of the right one, −log p = softplus(u) and
 *   L = α w q^γ softplus(u)
 *   dL/du = α w q^γ (q + γ p softplus(u)), whose terms have one sign
 *   d²L/du² = α w p q^γ [(1 + 2γ) q − γ (q − γ p) softplus(u)]
 * With a detached factor, the terms with γ are not there. Poly-1 adds ε w q^{γ+1}, and ε w (γ + 1) p q^{γ+1} to dL/du.
 * With e = e^−|u|, the larger of p and q is 1 / (1 + e), the smaller e / (1 + e), and
 * softplus(u) = max(u, 0) + log1p(e), log1p(e) = 2 atanh(e / (2 + e)).
 *
 * `allNegative` and `training` are constants wherever this is inlined, so that their branches are removed.
 *
 * @param at byte offset of the first element in every tensor of the predictions' shape
 * @param weight the weights of samples and elements
 * @param positive mask of the positive lanes; neither it nor `negative` is set for a lane that contributes nothing
 * @param single whether only the first lane holds an element
 * @param allNegative whether both lanes are negative; the masks are not used then
 * @param training whether gradients and all sums are requested, and nothing else
 */
@inline
export function evaluatePair(
  params: KernelParams,
  at: usize,
  x: v128,
  weight: v128,
  positive: v128,
  negative: v128,
  pair: ClassPair,
  single: bool,
  allNegative: bool,
  training: bool,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const SIGN = f64x2.splat(-0.0);
  const constants = params.constants;
  const hasOtherTerms = !training && params.family > DETACHED;
  const unfocused = hasOtherTerms && params.softLabels >= VARIFOCAL;
  let gamma = pair.gamma;
  if (hasOtherTerms) {
    const ofNegatives = pair.negativeGamma;
    gamma = allNegative ? ofNegatives : v128.bitselect(unfocused ? ZERO : gamma, ofNegatives, positive);
  }
  const smallGamma = unfocused ? -1 : params.smallGamma; // Not that of both sides.

  const signFlip = v128.and(positive, SIGN);
  const u = allNegative ? x : v128.xor(x, signFlip);
  const e = exp(v128.or(x, SIGN), constants);
  const onePlus = f64x2.add(ONE, e);
  const larger = f64x2.div(ONE, onePlus);
  const log1p = twiceAtanh(f64x2.div(e, f64x2.add(ONE, onePlus)), constants);
  // q is 1 / (1 + e) if u ≥ 0 and e / (1 + e) otherwise; p is the other one. XOR exchanges them: e ^ (e ^ 1) is 1.
  const both = v128.xor(e, ONE);
  const ofQ = v128.xor(e, v128.and(both, f64x2.ge(u, ZERO)));
  const q = f64x2.mul(ofQ, larger);
  const p = f64x2.mul(v128.xor(ofQ, both), larger);
  const minusLogP = f64x2.add(log1p, f64x2.pmax(u, ZERO));

  let modulator: v128; // q^γ
  if (smallGamma == 2) modulator = f64x2.mul(q, q);
  else if (smallGamma == 1) modulator = q;
  else if (smallGamma == 0) modulator = ONE;
  else if (smallGamma == 3) modulator = f64x2.mul(f64x2.mul(q, q), q);
  else {
    const minusLogQ = f64x2.add(log1p, f64x2.pmax(f64x2.neg(u), ZERO));
    modulator = exp(f64x2.neg(f64x2.mul(gamma, minusLogQ)), constants);
  }
  const alpha = allNegative
    ? pair.negativeAlpha
    : v128.bitselect(pair.positiveAlpha, pair.negativeAlpha, positive);
  let k = f64x2.mul(f64x2.mul(alpha, weight), modulator);
  if (!allNegative) k = v128.and(k, v128.or(positive, negative));
  let loss = f64x2.mul(k, minusLogP);
  const isDetached = !training && params.detachedGradient;
  const ofModulator = isDetached ? ZERO : f64x2.mul(gamma, f64x2.mul(p, minusLogP));
  let slope = f64x2.mul(k, f64x2.add(q, ofModulator));
  if (hasOtherTerms && params.polyEpsilon != 0) {
    let poly = f64x2.mul(f64x2.mul(f64x2.splat(params.polyEpsilon), pair.classWeight), f64x2.mul(weight, modulator));
    if (!allNegative) poly = v128.and(poly, v128.or(positive, negative));
    poly = f64x2.mul(poly, q);
    loss = f64x2.add(loss, poly);
    slope = f64x2.add(slope, f64x2.mul(f64x2.mul(poly, p), isDetached ? ONE : f64x2.add(gamma, ONE)));
  }

  if (training || params.gradients) {
    const gradient = allNegative ? slope : v128.xor(slope, signFlip);
    storePair(params.gradients + at, f64x2.mul(gradient, f64x2.splat(params.scale)), single);
  }
  if (!training && params.elementwise) storePair(params.elementwise + at, loss, single);
  if (!training && params.hessian) {
    const qTerm = f64x2.mul(f64x2.add(ONE, f64x2.add(gamma, gamma)), q);
    const logTerm = f64x2.mul(f64x2.mul(gamma, f64x2.sub(q, f64x2.mul(gamma, p))), minusLogP);
    const factor = params.detachedHessian ? q : f64x2.sub(qTerm, logTerm);
    const curvature = f64x2.mul(f64x2.mul(k, p), factor);
    storePair(params.hessian + at, f64x2.mul(curvature, f64x2.splat(params.scale)), single);
  }

  if (!training && !params.allSums) {
    pair.negativeLoss = f64x2.add(pair.negativeLoss, loss); // Only the total loss is requested.
    return;
  }
  const crossEntropy = f64x2.mul(weight, minusLogP); // `flushSums` applies the class weight.
  const predicted = v128.and(f64x2.ge(x, ZERO), ONE);
  if (allNegative) {
    pair.negativeLoss = f64x2.add(pair.negativeLoss, loss);
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, crossEntropy);
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, slope);
    pair.negativePt = f64x2.add(pair.negativePt, p);
    pair.negativePredicted = f64x2.add(pair.negativePredicted, predicted);
    if (!training && params.gradientSquares) addGradientSquares(pair, ZERO, i64x2.splat(-1), slope);
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
  pair.negativeCount = f64x2.add(pair.negativeCount, v128.andnot(f64x2.splat(-1), negative)); // As counted.
  pair.negativePredicted = f64x2.add(pair.negativePredicted, v128.and(negative, predicted));
  if (!training && params.gradientSquares) addGradientSquares(pair, positive, negative, slope);
}

/** Loads two float32 numbers as float64; the second lane is 0 if `single`. */
@inline
export function loadPair(at: usize, single: bool): v128 {
  return f64x2.promote_low_f32x4(single ? v128.load32_zero(at) : v128.load64_zero(at));
}

/** Stores two float64 lanes as float32; only the first if `single`. */
@inline
export function storePair(at: usize, values: v128, single: bool): void {
  const rounded = f32x4.demote_f64x2_zero(values);
  if (single) v128.store32_lane(at, rounded, 0);
  else v128.store64_lane(at, rounded, 0);
}

/** Whether exactly the outputs of a training step are requested. They get loops without branches for the others. */
@inline
export function isTraining(params: KernelParams): bool {
  return (
    params.gradients != 0 &&
    params.allSums != 0 &&
    !params.gradientSquares &&
    !params.elementwise &&
    !params.hessian &&
    !params.family
  );
}

/** A mask of the lane `index`. */
@inline
export function lane(index: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(i64(index) - 1), 1, -i64(index));
}
