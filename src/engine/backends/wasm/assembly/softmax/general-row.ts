import { addGradientsToBins, addToBins } from '../bins';
import { isClass, labelsOfClasses, loadClasses, smoothed, storeClasses } from '../class-vectors';
import { smallPower } from '../focal-term';
import { IGNORED, KernelParams, weightOf } from '../kernel-params';
import { exponentialsOf, argmaxOf } from './softmax-row';
import { addGradients, addToSums, pairAt } from '../sums';
import { exp, log1p, logOf } from '../math/vector-math';

/**
 * Evaluates a sample of logits with labels y in [0, 1]: every class c is the true one with weight k = α w y.
 *
 * As in `evaluateRow`, the largest class a has p = 1 / (1 + S) and q = S / (1 + S), S = Σ_{j≠a} e^{z_j − z_a}, and for
 * the others q = 1 − p is exact. For each class, r = log p / q and
 *   L = −k q^γ log p
 *   s = k q^γ (γ p r − 1)
 *   K = k γ p q^{γ+1} [2 + log p − (γ − 1) p r]
 * and what Poly-1 and a detached factor change in them is derived in loss/softmax-terms.ts,
 * and in total
 *   ∂L/∂z_j = s_j q_j − p_j Σ_{c≠j} s_c
 *   ∂²L/∂z_j² = K_j + Σ_{c≠j} K_c (p_j / q_c)² − p_j q_j Σ_c s_c
 * where the sums over c exclude a, whose term is added separately: q_a may be nearly 0, and its term so large that the
 * other terms would lose their digits.
 */
export function evaluateGeneralRow(params: KernelParams, element: u32, sample: u32): void {
  const ZERO = f64x2.splat(0);
  const ONE = f64x2.splat(1);
  const constants = params.constants;
  const a = argmaxOf(params, element);
  const maxLogit: f64 = load<f32>(params.predictions + (usize(element + a * params.inner) << 2));
  const expSum = exponentialsOf(params, maxLogit, a, true);
  const inverse = 1 / (1 + expSum);
  const inverses = f64x2.splat(inverse);
  const qOfArgmax = f64x2.splat(inverse * expSum);
  const maxLogits = f64x2.splat(maxLogit);
  const logTotal = f64x2.splat(log1p(expSum, constants));
  const weight = weightOf(params, sample);
  const epsilon = f64x2.splat(params.polyEpsilon);
  const hasOwnSlopes = params.detachedHessian != params.detachedGradient; // Of the Hessian.
  const slopes = params.scratch + rowSize(params);
  const curvatures = slopes + rowSize(params);
  let losses = ZERO;
  let argmaxSlopes = ZERO;
  let argmaxCurvatures = ZERO;
  let slopesWithoutArgmax = ZERO;
  let hessianSlopes = ZERO;
  let curvaturesWithoutArgmax = ZERO; // Σ_{c≠a} K / q²

  for (let c: u32 = 0; c < params.classes; c += 2) {
    const at = usize(c) << 3;
    const options = pairAt(params, c >> 1);
    const gamma = options.gamma;
    const isArgmax = isClass(c, a);
    const p = v128.bitselect(inverses, f64x2.mul(v128.load(params.scratch + at), inverses), isArgmax);
    const q = v128.bitselect(qOfArgmax, f64x2.sub(ONE, p), isArgmax);
    const logP = f64x2.sub(f64x2.sub(loadClasses(params, params.predictions, element, c), maxLogits), logTotal);
    const labels = labelsOfClasses(params, element, sample, c);
    const active = f64x2.ne(labels, f64x2.splat(IGNORED));
    const share = f64x2.mul(weight, smoothed(params, labels, active));

    let modulator: v128 = smallPower(q, params.smallGamma); // q^γ
    if (params.smallGamma < 0) modulator = exp(f64x2.mul(gamma, logOf(q, p, constants)), constants);
    const k = f64x2.mul(f64x2.mul(share, options.positiveAlpha), modulator);
    const poly = f64x2.mul(f64x2.mul(share, f64x2.mul(options.classWeight, epsilon)), modulator);
    const pr = f64x2.div(f64x2.mul(p, logP), q);
    const loss = f64x2.sub(f64x2.mul(poly, q), f64x2.mul(k, logP));
    const power = f64x2.add(gamma, ONE);
    const detachedSlope = f64x2.neg(f64x2.add(k, f64x2.mul(poly, p)));
    const wholeSlope = f64x2.sub(
      f64x2.mul(k, f64x2.sub(f64x2.mul(gamma, pr), ONE)),
      f64x2.mul(f64x2.mul(poly, power), p),
    );
    const slope = params.detachedGradient ? detachedSlope : wholeSlope;
    hessianSlopes = f64x2.add(hessianSlopes, params.detachedHessian ? detachedSlope : wholeSlope);
    v128.store(slopes + at, slope);
    losses = f64x2.add(losses, loss);
    argmaxSlopes = f64x2.add(argmaxSlopes, v128.and(slope, isArgmax));
    slopesWithoutArgmax = f64x2.add(slopesWithoutArgmax, v128.andnot(slope, isArgmax));
    if (params.hessian) {
      const curvatureFactor = f64x2.sub(f64x2.add(f64x2.splat(2), logP), f64x2.mul(f64x2.sub(gamma, ONE), pr));
      const pq = f64x2.mul(p, q);
      const ofFocal = f64x2.mul(f64x2.mul(f64x2.mul(k, gamma), pq), curvatureFactor);
      const wholeOfPoly = f64x2.mul(f64x2.mul(poly, power), f64x2.sub(q, f64x2.mul(gamma, p)));
      const ofPoly = f64x2.mul(pq, params.detachedHessian ? f64x2.mul(poly, q) : wholeOfPoly);
      const curvature = f64x2.sub(params.detachedHessian ? ZERO : ofFocal, ofPoly);
      v128.store(curvatures + at, curvature);
      argmaxCurvatures = f64x2.add(argmaxCurvatures, v128.and(curvature, isArgmax));
      curvaturesWithoutArgmax = f64x2.add(
        curvaturesWithoutArgmax,
        v128.andnot(f64x2.div(curvature, f64x2.mul(q, q)), isArgmax),
      );
    }
    if (params.allSums) {
      const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // Before smoothing.
      const crossEntropy = f64x2.neg(f64x2.mul(share, logP));
      const positive = v128.and(active, isPositive);
      const negative = v128.andnot(active, isPositive);
      addToSums(options, positive, negative, loss, crossEntropy, p, q, isArgmax);
      if (params.bins) {
        const weighted = f64x2.mul(crossEntropy, options.classWeight);
        addToBins(params.bins, positive, negative, p, q, loss, weighted, ZERO); // `gradientsOfRow` adds the gradients.
      }
    } else options.negativeLoss = f64x2.add(options.negativeLoss, loss); // Only the total loss is requested.
  }
  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), f32(total(losses)));
  if (!params.gradients && !params.hessian && !params.allSums) return;

  gradientsOfRow(
    params,
    element,
    sample,
    a,
    expSum,
    total(argmaxSlopes),
    total(slopesWithoutArgmax),
    hasOwnSlopes ? total(hessianSlopes) : total(slopesWithoutArgmax) + total(argmaxSlopes),
    total(argmaxCurvatures),
    total(curvaturesWithoutArgmax),
  );
}

/**
 * Computes the derivatives of a row, whose e^{z_j − z_a}, s and K are in `scratch`.
 *
 * @param expSum Σ_{j≠a} e^{z_j − z_a}
 * @param argmaxSlope s_a
 * @param slopeSum Σ_{c≠a} s
 * @param hessianSlopeSum Σ_c s, of a detached factor if the Hessian has one
 * @param argmaxCurvature K_a
 * @param curvatureSum Σ_{c≠a} K / q²
 */
function gradientsOfRow(
  params: KernelParams,
  element: u32,
  sample: u32,
  a: u32,
  expSum: f64,
  argmaxSlope: f64,
  slopeSum: f64,
  hessianSlopeSum: f64,
  argmaxCurvature: f64,
  curvatureSum: f64,
): void {
  const ONE = f64x2.splat(1);
  const inverses = f64x2.splat(1 / (1 + expSum));
  const qOfArgmax = f64x2.mul(inverses, f64x2.splat(expSum));
  const slopes = params.scratch + rowSize(params);
  const curvatures = slopes + rowSize(params);
  const argmaxSlopes = f64x2.splat(argmaxSlope);
  const slopesWithoutArgmax = f64x2.splat(slopeSum);
  const argmaxCurvatures = f64x2.splat(argmaxCurvature);
  const curvaturesWithoutArgmax = f64x2.splat(curvatureSum);
  const scale = f64x2.splat(params.scale);
  const inverseExpSum = f64x2.splat(1 / expSum);
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const at = usize(c) << 3;
    const isArgmax = isClass(c, a);
    const e = v128.load(params.scratch + at);
    const p = v128.bitselect(inverses, f64x2.mul(e, inverses), isArgmax);
    const q = v128.bitselect(qOfArgmax, f64x2.sub(ONE, p), isArgmax);
    const slope = v128.load(slopes + at);
    const slopesWithoutOwn = f64x2.add(f64x2.sub(slopesWithoutArgmax, slope), argmaxSlopes);
    const otherSlopes = v128.bitselect(slopesWithoutArgmax, slopesWithoutOwn, isArgmax);
    const gradient = f64x2.sub(f64x2.mul(slope, q), f64x2.mul(p, otherSlopes));
    if (params.gradients) storeClasses(params, params.gradients, element, c, f64x2.mul(gradient, scale));
    if (params.hessian) {
      const curvature = v128.load(curvatures + at);
      const pOverQ = f64x2.mul(e, inverseExpSum); // p / q_a ≤ 1
      const curvatureSumWithoutOwn = f64x2.sub(curvaturesWithoutArgmax, f64x2.div(curvature, f64x2.mul(q, q)));
      const p2 = f64x2.mul(p, p);
      const curvaturesOfOthers = f64x2.add(
        f64x2.mul(p2, curvatureSumWithoutOwn),
        f64x2.mul(argmaxCurvatures, f64x2.mul(pOverQ, pOverQ)),
      );
      const otherCurvatures = v128.bitselect(f64x2.mul(p2, curvaturesWithoutArgmax), curvaturesOfOthers, isArgmax);
      const slopeTerm = f64x2.mul(f64x2.mul(p, q), f64x2.splat(hessianSlopeSum));
      const hessian = f64x2.sub(f64x2.add(curvature, otherCurvatures), slopeTerm);
      storeClasses(params, params.hessian, element, c, f64x2.mul(hessian, scale));
    }
    if (params.allSums) {
      const labels = labelsOfClasses(params, element, sample, c);
      const active = f64x2.ne(labels, f64x2.splat(IGNORED));
      const isPositive = f64x2.ge(labels, f64x2.splat(0.5));
      const positive = v128.and(active, isPositive);
      const negative = v128.andnot(active, isPositive);
      addGradients(params, pairAt(params, c >> 1), positive, negative, gradient);
      if (params.bins) addGradientsToBins(params.bins, positive, negative, p, q, gradient);
    }
  }
}

/** The size of one float64 per class, rounded up to pairs, in bytes. */
@inline
function rowSize(params: KernelParams): usize {
  return usize((params.classes + 1) & ~1) << 3;
}

@inline
function total(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
