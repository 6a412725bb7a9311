import { DISTANCE, E_LOW, ROW, SOFTPLUS } from './float32-rows';
import { KernelParams } from '../kernel-params';
import { halfStepPower } from '../math/powers';
import { isTraining, loadPair, storePair } from './sigmoid-pair';
import { addGradientSquares, ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { twiceAtanh } from '../math/vector-math';

/**
 * Evaluates the elements that `loadFloat32Row` has loaded, with interpolated soft labels; the parameters are those of
 * `addHardRows`.
 *
 * Seen from the nearer hard label, by z and E = e^z, the label is a negative one of y ≤ ½. With n = 1 − y, A = 1 + E and
 * B = y + n E:
 *   u = y q + n p = B/A,  u′/u = (n − y) E / (A B),  C = softplus(z) − y z,  C′ = p − y = (n E − y) / A
 *   dL/dz = u^γ [γ (u′/u) C + C′]
 * softplus(z) is computed as in softplus.ts, by a division by S = A + max(E, 1); one division, by A B S, serves all. As y ≤ ½, C is at least half of softplus(z), so that no digits cancel.
 */
export function addSoftRows(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  firstPair: u32,
  pairs: u32,
): void {
  if (params.halfSteps == 4 && isTraining(params)) addSquared(params, element, sample, rows, firstPair, pairs);
  else addWithGamma(params, element, sample, rows, firstPair, pairs, params.halfSteps, false);
}

/** γ = 2, and what a training step requests. A function of its own, in which the parameters of `addWithGamma` are constants. */
function addSquared(params: KernelParams, element: u32, sample: u32, rows: u32, firstPair: u32, pairs: u32): void {
  addWithGamma(params, element, sample, rows, firstPair, pairs, 4, true);
}

@inline
function addWithGamma(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  firstPair: u32,
  pairs: u32,
  halfSteps: i32,
  training: bool,
): void {
  const constants = params.constants;
  const ZERO = f64x2.splat(0);
  const SIGN = f64x2.splat(-0.0);
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  const scale = f64x2.splat(params.scale);
  // The distance between elements of the same sums: to the next sample of two classes, or to the next two samples.
  const lanesAreSamples = params.lanesAreSamples != 0;
  const scratchStep: usize = lanesAreSamples ? 8 : ROW;
  const step: usize = lanesAreSamples ? 8 : usize(params.classes) << 2;
  const weightStep: usize = lanesAreSamples ? 8 : 4;
  const steps = lanesAreSamples ? pairs : rows;
  const sets: u32 = lanesAreSamples ? 1 : pairs;
  const weights = params.sampleWeights;
  let options = changetype<usize>(pairAt(params, firstPair));
  for (let i: u32 = 0; i < sets; i++, options += PAIR_SIZE) {
    const pair = changetype<ClassPair>(options);
    let scratch = params.block + (usize(i) << 3);
    const end = scratch + usize(steps) * scratchStep;
    let at = usize(element + 2 * i) << 2;
    let weightAt = weights + (usize(sample) << 2);
    let positiveLosses = ZERO;
    let negativeLosses = ZERO;
    let positiveCrossEntropies = ZERO;
    let negativeCrossEntropies = ZERO;
    let positiveSlopes = ZERO;
    let negativeSlopes = ZERO;
    let positivePts = ZERO;
    let negativePts = ZERO;
    for (; scratch < end; scratch += scratchStep, at += step, weightAt += weightStep) {
      const high = f64x2.promote_low_f32x4(v128.load64_zero(scratch));
      const e = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(scratch, E_LOW)));
      const signed = f64x2.promote_low_f32x4(v128.load64_zero(scratch, SOFTPLUS));
      const distance = f64x2.promote_low_f32x4(v128.load64_zero(scratch, DISTANCE));
      const sign = v128.and(signed, SIGN);
      const isPositive = f64x2.lt(signed, ZERO);
      const z = v128.xor(loadPair(params.predictions + at, false), sign);
      const y = f64x2.add(f64x2.mul(distance, kept), added);
      const n = f64x2.sub(constants.one, y);
      const nE = f64x2.mul(n, e);
      const a = f64x2.add(constants.one, e);
      const b = f64x2.add(y, nE);
      const ab = f64x2.mul(a, b);
      const s = f64x2.add(a, f64x2.pmax(e, constants.one));
      const inverseABS = f64x2.div(constants.one, f64x2.mul(ab, s));
      const inverse = f64x2.mul(inverseABS, s);
      const log1p = twiceAtanh(f64x2.mul(f64x2.pmin(e, constants.one), f64x2.mul(ab, inverseABS)), constants);
      const q = f64x2.mul(inverse, b);
      const u = f64x2.mul(b, q);

      const active = f64x2.ne(e, ZERO);
      let weight = v128.and(constants.one, active);
      if (weights) {
        const loaded = lanesAreSamples ? loadPair(weightAt, false) : f64x2.splat(load<f32>(weightAt));
        weight = v128.and(loaded, active);
      }
      const softplus = f64x2.add(log1p, f64x2.pmax(z, ZERO));
      const unweighted = f64x2.sub(softplus, f64x2.mul(y, z));
      const crossEntropy = f64x2.mul(unweighted, weight);
      const alphas = v128.xor(pair.positiveAlpha, pair.negativeAlpha); // XOR exchanges them.
      const near = v128.xor(pair.negativeAlpha, v128.and(alphas, isPositive));
      const far = v128.xor(near, alphas);
      const alpha = f64x2.add(f64x2.mul(near, n), f64x2.mul(far, y));
      const k = f64x2.mul(alpha, halfStepPower(u, halfSteps));
      const loss = f64x2.mul(k, crossEntropy);
      const logSlope = f64x2.mul(f64x2.mul(f64x2.sub(n, y), e), f64x2.mul(inverse, unweighted));
      const sum = f64x2.add(f64x2.mul(f64x2.sub(nE, y), q), f64x2.mul(pair.gamma, logSlope));
      const slope = f64x2.mul(sum, f64x2.mul(k, weight));
      if (training || params.gradients) {
        storePair(params.gradients + at, f64x2.mul(v128.xor(slope, sign), scale), false);
      }
      if (!training && params.elementwise) storePair(params.elementwise + at, loss, false);
      if (!training && params.gradientSquares) {
        addGradientSquares(pair, isPositive, v128.not(isPositive), slope);
      }
      const size = f64x2.abs(slope);
      const pt = v128.and(q, active);
      positiveLosses = f64x2.add(positiveLosses, v128.and(isPositive, loss));
      negativeLosses = f64x2.add(negativeLosses, v128.andnot(loss, isPositive));
      positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(isPositive, crossEntropy));
      negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(crossEntropy, isPositive));
      positiveSlopes = f64x2.add(positiveSlopes, v128.and(isPositive, size));
      negativeSlopes = f64x2.add(negativeSlopes, v128.andnot(size, isPositive));
      positivePts = f64x2.add(positivePts, v128.and(isPositive, pt));
      negativePts = f64x2.add(negativePts, v128.andnot(pt, isPositive));
    }
    pair.positiveLoss = f64x2.add(pair.positiveLoss, positiveLosses);
    pair.negativeLoss = f64x2.add(pair.negativeLoss, negativeLosses);
    if (!params.allSums) continue;
    pair.positiveCrossEntropy = f64x2.add(pair.positiveCrossEntropy, positiveCrossEntropies);
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, negativeCrossEntropies);
    pair.positiveGradientL1 = f64x2.add(pair.positiveGradientL1, positiveSlopes);
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, negativeSlopes);
    pair.positivePt = f64x2.add(pair.positivePt, positivePts);
    pair.negativePt = f64x2.add(pair.negativePt, negativePts);
  }
}
