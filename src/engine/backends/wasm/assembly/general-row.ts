import { addGradientsToBins, addToBins } from './bins';
import { isClass, labelsOfClasses, loadClasses, smoothed, storeClasses } from './class-vectors';
import { smallPower } from './focal-term';
import { IGNORED, Job, weightOf } from './job';
import { exponentials, largest } from './softmax-row';
import { addGradients, addToSums, pairAt } from './sums';
import { exp, log1p, logOf } from './vector-math';

/**
 * Evaluates a sample of logits whose labels y are not one-hot: every class c is the true one with weight k = α w y.
 *
 * As in `evaluateRow`, the largest class a has p = 1 / (1 + S) and q = S / (1 + S), S = Σ_{j≠a} e^{z_j − z_a}, and for
 * the others q = 1 − p is exact. Of each class, r = log p / q and
 *   L = −k q^γ log p
 *   s = k q^γ (γ p r − 1)
 *   K = k γ p q^{γ+1} [2 + log p − (γ − 1) p r]
 * and of all of them
 *   ∂L/∂z_j = s_j q_j − p_j Σ_{c≠j} s_c
 *   ∂²L/∂z_j² = K_j + Σ_{c≠j} K_c (p_j / q_c)² − p_j q_j Σ_c s_c
 * where a is left out of the sums over c and brought in apart: q_a may be nearly 0, and what it brings would not leave
 * the rest its digits.
 */
export function evaluateGeneralRow(job: Job, element: u32, sample: u32): void {
  const ZERO = f64x2.splat(0);
  const ONE = f64x2.splat(1);
  const constants = job.constants;
  const a = largest(job, element);
  const topLogit: f64 = load<f32>(job.predictions + (usize(element + a * job.inner) << 2));
  const others = exponentials(job, topLogit, a, true);
  const inverse = 1 / (1 + others);
  const inverses = f64x2.splat(inverse);
  const qOfTop = f64x2.splat(inverse * others);
  const top = f64x2.splat(topLogit);
  const logTotal = f64x2.splat(log1p(others, constants));
  const weight = weightOf(job, sample);
  const slopes = job.scratch + rowSize(job);
  const curves = slopes + rowSize(job);
  let losses = ZERO;
  let slopeOfTop = ZERO;
  let curveOfTop = ZERO;
  let slopesButTop = ZERO;
  let spreadButTop = ZERO; // Σ_{c≠a} K / q²

  for (let c: u32 = 0; c < job.classes; c += 2) {
    const at = usize(c) << 3;
    const options = pairAt(job, c >> 1);
    const gamma = options.gamma;
    const isTop = isClass(c, a);
    const p = v128.bitselect(inverses, f64x2.mul(v128.load(job.scratch + at), inverses), isTop);
    const q = v128.bitselect(qOfTop, f64x2.sub(ONE, p), isTop);
    const logP = f64x2.sub(f64x2.sub(loadClasses(job, job.predictions, element, c), top), logTotal);
    const labels = labelsOfClasses(job, element, sample, c);
    const active = f64x2.ne(labels, f64x2.splat(IGNORED));
    const share = f64x2.mul(weight, smoothed(job, labels, active));

    let focus: v128; // q^γ
    if (job.smallGamma < 0) focus = exp(f64x2.mul(gamma, logOf(q, p, constants)), constants);
    else focus = smallPower(q, job.smallGamma);
    const k = f64x2.mul(f64x2.mul(share, options.positiveAlpha), focus);
    const pr = f64x2.div(f64x2.mul(p, logP), q);
    const loss = f64x2.neg(f64x2.mul(k, logP));
    const slope = f64x2.mul(k, f64x2.sub(f64x2.mul(gamma, pr), ONE));
    v128.store(slopes + at, slope);
    losses = f64x2.add(losses, loss);
    slopeOfTop = f64x2.add(slopeOfTop, v128.and(slope, isTop));
    slopesButTop = f64x2.add(slopesButTop, v128.andnot(slope, isTop));
    if (job.hessian) {
      const bend = f64x2.sub(f64x2.add(f64x2.splat(2), logP), f64x2.mul(f64x2.sub(gamma, ONE), pr));
      const curve = f64x2.mul(f64x2.mul(f64x2.mul(k, gamma), f64x2.mul(p, q)), bend);
      v128.store(curves + at, curve);
      curveOfTop = f64x2.add(curveOfTop, v128.and(curve, isTop));
      spreadButTop = f64x2.add(spreadButTop, v128.andnot(f64x2.div(curve, f64x2.mul(q, q)), isTop));
    }
    if (job.allSums) {
      const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // As they were sent.
      const crossEntropy = f64x2.neg(f64x2.mul(share, logP));
      const positive = v128.and(active, isPositive);
      const negative = v128.andnot(active, isPositive);
      addToSums(options, positive, negative, loss, crossEntropy, p, q, isTop);
      if (job.bins) {
        const weighted = f64x2.mul(crossEntropy, options.classWeight);
        addToBins(job.bins, positive, negative, p, q, loss, weighted, ZERO); // The gradients are not known yet.
      }
    } else options.negativeLoss = f64x2.add(options.negativeLoss, loss); // Only the total is wanted.
  }
  if (job.elementwise) store<f32>(job.elementwise + (usize(sample) << 2), f32(total(losses)));
  if (!job.gradients && !job.hessian && !job.allSums) return;

  gradientsOfRow(
    job,
    element,
    sample,
    a,
    others,
    total(slopeOfTop),
    total(slopesButTop),
    total(curveOfTop),
    total(spreadButTop),
  );
}

/**
 * The derivatives of a row, whose e^{z_j − z_a}, s and K lie in `scratch`.
 *
 * @param spreadOfOthers Σ_{c≠a} K / q²
 */
function gradientsOfRow(
  job: Job,
  element: u32,
  sample: u32,
  a: u32,
  others: f64,
  topSlope: f64,
  slopesOfOthers: f64,
  topCurve: f64,
  spreadOfOthers: f64,
): void {
  const ONE = f64x2.splat(1);
  const inverses = f64x2.splat(1 / (1 + others));
  const qOfTop = f64x2.mul(inverses, f64x2.splat(others));
  const slopes = job.scratch + rowSize(job);
  const curves = slopes + rowSize(job);
  const slopeOfTop = f64x2.splat(topSlope);
  const slopesButTop = f64x2.splat(slopesOfOthers);
  const curveOfTop = f64x2.splat(topCurve);
  const spreadButTop = f64x2.splat(spreadOfOthers);
  const scale = f64x2.splat(job.scale);
  const inverseOthers = f64x2.splat(1 / others);
  for (let c: u32 = 0; c < job.classes; c += 2) {
    const at = usize(c) << 3;
    const isTop = isClass(c, a);
    const e = v128.load(job.scratch + at);
    const p = v128.bitselect(inverses, f64x2.mul(e, inverses), isTop);
    const q = v128.bitselect(qOfTop, f64x2.sub(ONE, p), isTop);
    const slope = v128.load(slopes + at);
    const slopesElsewhere = f64x2.add(f64x2.sub(slopesButTop, slope), slopeOfTop);
    const otherSlopes = v128.bitselect(slopesButTop, slopesElsewhere, isTop);
    const gradient = f64x2.sub(f64x2.mul(slope, q), f64x2.mul(p, otherSlopes));
    if (job.gradients) storeClasses(job, job.gradients, element, c, f64x2.mul(gradient, scale));
    if (job.hessian) {
      const curve = v128.load(curves + at);
      const share = f64x2.mul(e, inverseOthers); // p / q_a ≤ 1
      const spread = f64x2.sub(spreadButTop, f64x2.div(curve, f64x2.mul(q, q)));
      const p2 = f64x2.mul(p, p);
      const ofOthers = f64x2.add(f64x2.mul(p2, spread), f64x2.mul(curveOfTop, f64x2.mul(share, share)));
      const otherCurves = v128.bitselect(f64x2.mul(p2, spreadButTop), ofOthers, isTop);
      const fall = f64x2.mul(f64x2.mul(p, q), f64x2.add(slopesButTop, slopeOfTop));
      const hessian = f64x2.sub(f64x2.add(curve, otherCurves), fall);
      storeClasses(job, job.hessian, element, c, f64x2.mul(hessian, scale));
    }
    if (job.allSums) {
      const labels = labelsOfClasses(job, element, sample, c);
      const active = f64x2.ne(labels, f64x2.splat(IGNORED));
      const isPositive = f64x2.ge(labels, f64x2.splat(0.5));
      const positive = v128.and(active, isPositive);
      const negative = v128.andnot(active, isPositive);
      addGradients(job, pairAt(job, c >> 1), positive, negative, gradient);
      if (job.bins) addGradientsToBins(job.bins, positive, negative, p, q, gradient);
    }
  }
}

/** Of one float64 per class, rounded up to pairs, in bytes. */
@inline
function rowSize(job: Job): usize {
  return usize((job.classes + 1) & ~1) << 3;
}

@inline
function total(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
