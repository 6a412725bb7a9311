import { storeClasses } from '../class-vectors';
import { KernelParams } from '../kernel-params';
import { addRowToBins } from './row-bins';
import { ClassPair, pairAt, startPairSums } from '../sums';
import { exp, expPrecisely, log, log1p } from '../math/vector-math';

/** Replaces the logit of the largest class, and of a lane without a class: its exponential is (nearly) 0. */
const NO_LOGIT: f64 = -1e300;

/**
 * Evaluates a sample of logits with the true class t.
 *
 * Only the largest class a can have p > ½. With S = Σ_{j≠a} e^{z_j − z_a} it has p = 1 / (1 + S), q = S / (1 + S) and
 * log p = −log1p(S), none of which cancels; for every other class q = 1 − p is exact. Then, with the weight w in k = α w:
 *   L = −k q^γ log p
 *   s = k q^γ (1 − γ p r), r = log p / q;  ∂L/∂z_t = −s q, ∂L/∂z_j = s p_j
 *   K = k γ p q^{γ+1} [2 + log p − (γ − 1) p r];  ∂²L/∂z_t² = K + s p q, ∂²L/∂z_j² = K (p_j / q)² + s p_j q_j
 * What Poly-1 and a detached factor change in s and K is derived in loss/softmax-terms.ts.
 */
export function evaluateRow(params: KernelParams, element: u32, sample: u32, t: u32): void {
  if (!params.hasPairSums) startPairSums(params);
  const constants = params.constants;
  const a = argmaxOf(params, element);
  const maxLogit: f64 = logitOf(params, element, a);
  const expSum = exponentialsOf(params, maxLogit, a, params.bins != 0 || params.polyEpsilon != 0);
  const logTotal = log1p(expSum, constants);
  const inverse = 1 / (1 + expSum);
  const isArgmax = t == a;
  const p = isArgmax ? inverse : inverse * load<f64>(params.scratch + (usize(t) << 3));
  const q = isArgmax ? inverse * expSum : 1 - p;
  const logP = isArgmax ? -logTotal : logitOf(params, element, t) - maxLogit - logTotal;
  const logQ = isArgmax ? log(expSum, constants) - logTotal : log1p(-p, constants);
  const ratio = logP / q;

  const options = addressOf(params, t, 0);
  const gamma = load<f64>(options, offsetof<ClassPair>('gamma'));
  const weight: f64 = params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1;
  const modulator = power(q, logQ, gamma, params);
  const k = weight * load<f64>(options, offsetof<ClassPair>('positiveAlpha')) * modulator;
  const poly = params.polyEpsilon * load<f64>(options, offsetof<ClassPair>('classWeight')) * (weight * modulator);
  const loss = poly * q - k * logP;
  const wholeSlope = k * (1 - gamma * p * ratio) + poly * (gamma + 1) * p;
  const detachedSlope = k + poly * p;
  const slope = params.detachedGradient ? detachedSlope : wholeSlope;
  const hessianSlope = params.detachedHessian ? detachedSlope : wholeSlope;
  const curvatureOfFocal = k * gamma * p * q * (2 + logP - (gamma - 1) * p * ratio);
  const curvatureOfPoly = params.detachedHessian ? poly * q : (gamma + 1) * poly * (q - gamma * p);
  const curvature = (params.detachedHessian ? 0 : curvatureOfFocal) - p * q * curvatureOfPoly;

  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), f32(loss));
  addOne(params, t, offsetof<ClassPair>('positiveLoss'), loss);
  if (!params.gradients && !params.hessian && !params.allSums) return;
  if (params.bins) addRowToBins(params, t, p, a, inverse, inverse * expSum, loss, -weight * logP, abs(slope * q), abs(slope));

  // First all classes by the same formula, then a and t by their own. Their sums are restored afterwards.
  const negativeGradient = sumOf(params, t, offsetof<ClassPair>('negativeGradientL1'));
  const negativePt = sumOf(params, t, offsetof<ClassPair>('negativePt'));
  const argmaxGradient = sumOf(params, a, offsetof<ClassPair>('negativeGradientL1'));
  const argmaxPt = sumOf(params, a, offsetof<ClassPair>('negativePt'));
  const negativeSquares = sumOf(params, t, offsetof<ClassPair>('negativeGradientSquares'));
  const argmaxSquares = sumOf(params, a, offsetof<ClassPair>('negativeGradientSquares'));
  addOtherClasses(params, element, slope, hessianSlope, curvature, inverse, 1 / q);
  if (!isArgmax) {
    const pOverQ = inverse / q;
    storeClass(params, element, a, slope * inverse, curvature * pOverQ * pOverQ + hessianSlope * inverse * inverse * expSum);
    setSum(params, a, offsetof<ClassPair>('negativeGradientL1'), argmaxGradient + abs(slope * inverse));
    setSum(params, a, offsetof<ClassPair>('negativePt'), argmaxPt + inverse * expSum);
    if (params.gradientSquares) {
      setSum(params, a, offsetof<ClassPair>('negativeGradientSquares'), argmaxSquares + square(slope * inverse));
    }
  }
  storeClass(params, element, t, -slope * q, curvature + hessianSlope * p * q);
  setSum(params, t, offsetof<ClassPair>('negativeGradientL1'), negativeGradient);
  setSum(params, t, offsetof<ClassPair>('negativePt'), negativePt);
  setSum(params, t, offsetof<ClassPair>('negativeGradientSquares'), negativeSquares);
  if (!params.allSums) return;
  addOne(params, t, offsetof<ClassPair>('positiveCrossEntropy'), -weight * logP); // `flushSums` applies the class weight.
  addOne(params, t, offsetof<ClassPair>('positiveGradientL1'), abs(slope * q));
  addOne(params, t, offsetof<ClassPair>('positivePt'), p);
  if (params.gradientSquares) addOne(params, t, offsetof<ClassPair>('positiveGradientSquares'), square(slope * q));
  addOne(params, t, offsetof<ClassPair>('positiveCount'), 1);
  addOne(params, t, offsetof<ClassPair>('negativeCount'), -1); // Every class of every sample is counted as negative.
  addOne(params, a, isArgmax ? offsetof<ClassPair>('positivePredicted') : offsetof<ClassPair>('negativePredicted'), 1);
}

/** The first class with the largest logit. Copies the logits to `scratch`, as float64. */
export function argmaxOf(params: KernelParams, element: u32): u32 {
  const step = usize(params.inner) << 2;
  let at = params.predictions + (usize(element) << 2);
  let best: u32 = 0;
  let maximum = load<f32>(at);
  for (let c: u32 = 0; c < params.classes; c++, at += step) {
    const logit = load<f32>(at);
    store<f64>(params.scratch + (usize(c) << 3), logit);
    if (logit > maximum) {
      maximum = logit;
      best = c;
    }
  }
  return best;
}

/** Replaces the logits in `scratch` by e^{z_j − z_a}, that of a itself by (nearly) 0, and returns their sum. */
@inline
export function exponentialsOf(params: KernelParams, maxLogit: f64, a: u32, precise: bool): f64 {
  const scratch = params.scratch;
  const end = scratch + (usize(params.classes) << 3);
  if (params.classes & 1) store<f64>(end, NO_LOGIT);
  store<f64>(scratch + (usize(a) << 3), NO_LOGIT);
  const constants = params.constants;
  const maxLogits = f64x2.splat(maxLogit);
  let sum = f64x2.splat(0);
  for (let at = scratch; at < end; at += 16) {
    const x = f64x2.sub(v128.load(at), maxLogits);
    const e = precise ? expPrecisely(x, constants) : exp(x, constants);
    v128.store(at, e);
    sum = f64x2.add(sum, e);
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Evaluates every class by the formula of those that are neither the true nor the largest class. */
function addOtherClasses(
  params: KernelParams,
  element: u32,
  slope: f64,
  hessianSlope: f64,
  curvature: f64,
  inverse: f64,
  inverseQ: f64,
): void {
  const sizes = f64x2.splat(abs(slope));
  const hessianSlopes = f64x2.splat(hessianSlope);
  const gradientFactor = f64x2.splat(slope * params.scale);
  const ONE = f64x2.splat(1);
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const pair = pairAt(params, c >> 1);
    const p = f64x2.mul(v128.load(params.scratch + (usize(c) << 3)), f64x2.splat(inverse));
    if (params.gradients) storeClasses(params, params.gradients, element, c, f64x2.mul(p, gradientFactor));
    if (params.hessian) {
      const pOverQ = f64x2.mul(p, f64x2.splat(inverseQ)); // At most 1; multiplied in another order, its square might underflow.
      const pq = f64x2.mul(p, f64x2.sub(ONE, p));
      const curvatures = f64x2.mul(f64x2.splat(curvature), f64x2.mul(pOverQ, pOverQ));
      const hessian = f64x2.add(curvatures, f64x2.mul(hessianSlopes, pq));
      storeClasses(params, params.hessian, element, c, f64x2.mul(hessian, f64x2.splat(params.scale)));
    }
    if (params.allSums) {
      const size = f64x2.mul(p, sizes);
      pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, size);
      if (params.gradientSquares) {
        pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, f64x2.mul(size, size));
      }
      pair.negativePt = f64x2.add(pair.negativePt, f64x2.sub(ONE, p));
    }
  }
}

/** u^γ, computed from log u unless γ is 0, 1 or 2. */
function power(u: f64, logU: f64, gamma: f64, params: KernelParams): f64 {
  if (gamma == 0) return 1;
  if (gamma == 1) return u;
  if (gamma == 2) return u * u;
  return f64x2.extract_lane(exp(f64x2.splat(gamma * logU), params.constants), 0);
}

@inline
function square(x: f64): f64 {
  return x * x;
}

@inline
function logitOf(params: KernelParams, element: u32, c: u32): f64 {
  return load<f32>(params.predictions + (usize(element + c * params.inner) << 2));
}

function storeClass(params: KernelParams, element: u32, c: u32, gradient: f64, hessian: f64): void {
  const at = usize(element + c * params.inner) << 2;
  if (params.gradients) store<f32>(params.gradients + at, f32(gradient * params.scale));
  if (params.hessian) store<f32>(params.hessian + at, f32(hessian * params.scale));
}

@inline
function addressOf(params: KernelParams, c: u32, sum: usize): usize {
  return changetype<usize>(pairAt(params, c >> 1)) + sum + (usize(c & 1) << 3);
}

@inline
function sumOf(params: KernelParams, c: u32, sum: usize): f64 {
  return load<f64>(addressOf(params, c, sum));
}

@inline
function setSum(params: KernelParams, c: u32, sum: usize, value: f64): void {
  store<f64>(addressOf(params, c, sum), value);
}

@inline
function addOne(params: KernelParams, c: u32, sum: usize, value: f64): void {
  setSum(params, c, sum, sumOf(params, c, sum) + value);
}
