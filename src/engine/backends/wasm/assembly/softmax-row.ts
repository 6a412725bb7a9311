import { storeClasses } from './class-vectors';
import { Job } from './job';
import { ClassPair, pairAt } from './sums';
import { exp, expPrecisely, log, log1p } from './vector-math';

/** e to this is 0 but for rounding: what stands in for the logit of the largest class, and of a lane without a class. */
const NOTHING: f64 = -1e300;

/**
 * Evaluates a sample with true class t.
 *
 * Only the largest class a can have p > ½. With S = Σ_{j≠a} e^{z_j − z_a} it has p = 1 / (1 + S), q = S / (1 + S) and
 * log p = −log1p(S), none of which cancels; for every other class q = 1 − p is exact. Then, with the weight w in k = α w:
 *   L = −k q^γ log p
 *   s = k q^γ (1 − γ p r), r = log p / q;  ∂L/∂z_t = −s q, ∂L/∂z_j = s p_j
 *   K = k γ p q^{γ+1} [2 + log p − (γ − 1) p r];  ∂²L/∂z_t² = K + s p q, ∂²L/∂z_j² = K (p_j / q)² + s p_j q_j
 */
export function evaluateRow(job: Job, element: u32, sample: u32, t: u32): void {
  const constants = job.constants;
  const a = largest(job, element);
  const topLogit: f64 = logitOf(job, element, a);
  const others = exponentials(job, topLogit, a, false);
  const logTotal = log1p(others, constants);
  const inverse = 1 / (1 + others);
  const onTop = t == a;
  const p = onTop ? inverse : inverse * load<f64>(job.scratch + (usize(t) << 3));
  const q = onTop ? inverse * others : 1 - p;
  const logP = onTop ? -logTotal : logitOf(job, element, t) - topLogit - logTotal;
  const logQ = onTop ? log(others, constants) - logTotal : log1p(-p, constants);
  const ratio = logP / q;

  const options = addressOf(job, t, 0);
  const gamma = load<f64>(options, offsetof<ClassPair>('gamma'));
  const weight: f64 = job.sampleWeights ? load<f32>(job.sampleWeights + (usize(sample) << 2)) : 1;
  const k = weight * load<f64>(options, offsetof<ClassPair>('positiveAlpha')) * power(q, logQ, gamma, job);
  const loss = -k * logP;
  const slope = k * (1 - gamma * p * ratio);
  const curve = k * gamma * p * q * (2 + logP - (gamma - 1) * p * ratio);

  if (job.elementwise) store<f32>(job.elementwise + (usize(sample) << 2), f32(loss));
  addOne(job, t, offsetof<ClassPair>('positiveLoss'), loss);
  if (!job.gradients && !job.hessian && !job.allSums) return;

  // All classes alike, and then the two that are not.
  const negativeGradient = sumOf(job, t, offsetof<ClassPair>('negativeGradientL1'));
  const negativePt = sumOf(job, t, offsetof<ClassPair>('negativePt'));
  const topGradient = sumOf(job, a, offsetof<ClassPair>('negativeGradientL1'));
  const topPt = sumOf(job, a, offsetof<ClassPair>('negativePt'));
  const negativeSquares = sumOf(job, t, offsetof<ClassPair>('negativeGradientSquares'));
  const topSquares = sumOf(job, a, offsetof<ClassPair>('negativeGradientSquares'));
  otherClasses(job, element, slope, curve, inverse, 1 / q);
  if (!onTop) {
    const share = inverse / q;
    storeClass(job, element, a, slope * inverse, curve * share * share + slope * inverse * inverse * others);
    setSum(job, a, offsetof<ClassPair>('negativeGradientL1'), topGradient + slope * inverse);
    setSum(job, a, offsetof<ClassPair>('negativePt'), topPt + inverse * others);
    if (job.gradientSquares) setSum(job, a, offsetof<ClassPair>('negativeGradientSquares'), topSquares + square(slope * inverse));
  }
  storeClass(job, element, t, -slope * q, curve + slope * p * q);
  setSum(job, t, offsetof<ClassPair>('negativeGradientL1'), negativeGradient);
  setSum(job, t, offsetof<ClassPair>('negativePt'), negativePt);
  setSum(job, t, offsetof<ClassPair>('negativeGradientSquares'), negativeSquares);
  if (!job.allSums) return;
  addOne(job, t, offsetof<ClassPair>('positiveCrossEntropy'), -weight * logP); // `takeSums` weighs classes.
  addOne(job, t, offsetof<ClassPair>('positiveGradientL1'), slope * q);
  addOne(job, t, offsetof<ClassPair>('positivePt'), p);
  if (job.gradientSquares) addOne(job, t, offsetof<ClassPair>('positiveGradientSquares'), square(slope * q));
  addOne(job, t, offsetof<ClassPair>('positiveCount'), 1);
  addOne(job, t, offsetof<ClassPair>('negativeCount'), -1); // Every class is counted as negative for every sample.
  addOne(job, a, onTop ? offsetof<ClassPair>('positivePredicted') : offsetof<ClassPair>('negativePredicted'), 1);
}

/** The first class with the largest logit. */
export function largest(job: Job, element: u32): u32 {
  const step = usize(job.inner) << 2;
  let at = job.predictions + (usize(element) << 2);
  let best: u32 = 0;
  let top = load<f32>(at);
  for (let c: u32 = 0; c < job.classes; c++, at += step) {
    const logit = load<f32>(at);
    store<f64>(job.scratch + (usize(c) << 3), logit);
    if (logit > top) {
      top = logit;
      best = c;
    }
  }
  return best;
}

/** Turns the logits in `scratch` into e^{z_j − z_a}, that of a itself into (nearly) 0, and adds them up. */
@inline
export function exponentials(job: Job, topLogit: f64, a: u32, precise: bool): f64 {
  const scratch = job.scratch;
  const end = scratch + (usize(job.classes) << 3);
  if (job.classes & 1) store<f64>(end, NOTHING);
  store<f64>(scratch + (usize(a) << 3), NOTHING);
  const constants = job.constants;
  const top = f64x2.splat(topLogit);
  let sum = f64x2.splat(0);
  for (let at = scratch; at < end; at += 16) {
    const x = f64x2.sub(v128.load(at), top);
    const e = precise ? expPrecisely(x, constants) : exp(x, constants);
    v128.store(at, e);
    sum = f64x2.add(sum, e);
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Every class as if it were neither the true nor the largest one. */
function otherClasses(job: Job, element: u32, slope: f64, curve: f64, inverse: f64, inverseQ: f64): void {
  const slopes = f64x2.splat(slope);
  const gradientFactor = f64x2.splat(slope * job.scale);
  const ONE = f64x2.splat(1);
  for (let c: u32 = 0; c < job.classes; c += 2) {
    const pair = pairAt(job, c >> 1);
    const p = f64x2.mul(v128.load(job.scratch + (usize(c) << 3)), f64x2.splat(inverse));
    if (job.gradients) storeClasses(job, job.gradients, element, c, f64x2.mul(p, gradientFactor));
    if (job.hessian) {
      const share = f64x2.mul(p, f64x2.splat(inverseQ)); // ≤ 1; its square might underflow in another order.
      const pq = f64x2.mul(p, f64x2.sub(ONE, p));
      const curves = f64x2.mul(f64x2.splat(curve), f64x2.mul(share, share));
      const hessian = f64x2.add(curves, f64x2.mul(slopes, pq));
      storeClasses(job, job.hessian, element, c, f64x2.mul(hessian, f64x2.splat(job.scale)));
    }
    if (job.allSums) {
      const size = f64x2.mul(p, slopes);
      pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, size);
      if (job.gradientSquares) {
        pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, f64x2.mul(size, size));
      }
      pair.negativePt = f64x2.add(pair.negativePt, f64x2.sub(ONE, p));
    }
  }
}

/** u^γ, from log u unless γ is small and needs no power. */
function power(u: f64, logU: f64, gamma: f64, job: Job): f64 {
  if (gamma == 0) return 1;
  if (gamma == 1) return u;
  if (gamma == 2) return u * u;
  return f64x2.extract_lane(exp(f64x2.splat(gamma * logU), job.constants), 0);
}

@inline
function square(x: f64): f64 {
  return x * x;
}

@inline
function logitOf(job: Job, element: u32, c: u32): f64 {
  return load<f32>(job.predictions + (usize(element + c * job.inner) << 2));
}

function storeClass(job: Job, element: u32, c: u32, gradient: f64, hessian: f64): void {
  const at = usize(element + c * job.inner) << 2;
  if (job.gradients) store<f32>(job.gradients + at, f32(gradient * job.scale));
  if (job.hessian) store<f32>(job.hessian + at, f32(hessian * job.scale));
}

@inline
function addressOf(job: Job, c: u32, sum: usize): usize {
  return changetype<usize>(pairAt(job, c >> 1)) + sum + (usize(c & 1) << 3);
}

@inline
function sumOf(job: Job, c: u32, sum: usize): f64 {
  return load<f64>(addressOf(job, c, sum));
}

@inline
function setSum(job: Job, c: u32, sum: usize, value: f64): void {
  store<f64>(addressOf(job, c, sum), value);
}

@inline
function addOne(job: Job, c: u32, sum: usize, value: f64): void {
  setSum(job, c, sum, sumOf(job, c, sum) + value);
}
