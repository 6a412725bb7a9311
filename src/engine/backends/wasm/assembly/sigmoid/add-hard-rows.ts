import { E_LOW, ROW, SOFTPLUS } from './float32-rows';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower } from '../math/powers';
import { isTraining, loadPair, storePair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';

/**
 * Evaluates the elements that `loadFloat32Row` has loaded: gradients, elementwise losses and sums but counts, if requested. γ is
 * a multiple of ½, the same for every class. As in `evaluatePair`, with p = 1 / (1 + E) and q = E p.
 *
 * @param element index of the first sample's first class
 * @param rows number of samples, which are `params.classes` elements apart; 1 if lanes are samples
 * @param firstPair index of the first two classes' `ClassPair`; of the only class's if lanes are samples
 */
export function addHardRows(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  firstPair: u32,
  pairs: u32,
): void {
  if (params.halfSteps == 4 && isTraining(params)) {
    addSquared(params, element, sample, rows, firstPair, pairs);
  } else addWithGamma(params, element, sample, rows, firstPair, pairs, params.halfSteps, false);
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
  // The distance between elements of the same sums: to the next sample of two classes, or to the next two samples.
  const lanesAreSamples = params.lanesAreSamples != 0;
  const scratchStep: usize = lanesAreSamples ? 8 : ROW;
  const step: usize = lanesAreSamples ? 8 : usize(params.classes) << 2;
  const weightStep: usize = lanesAreSamples ? 8 : 4;
  const steps = lanesAreSamples ? pairs : rows;
  const sets: u32 = lanesAreSamples ? 1 : pairs;
  const scale = f64x2.splat(params.scale);
  const weights = params.sampleWeights;
  let options = changetype<usize>(pairAt(params, firstPair));
  for (let i: u32 = 0; i < sets; i++, options += PAIR_SIZE) {
    const pair = changetype<ClassPair>(options);
    const positiveFactor = f64x2.neg(f64x2.mul(pair.positiveAlpha, scale)); // dz/dx is −1.
    const negativeFactor = f64x2.mul(pair.negativeAlpha, scale);
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
      const positive = f64x2.lt(signed, ZERO);
      let minusLogP = f64x2.abs(signed);
      const p = f64x2.div(constants.one, f64x2.add(constants.one, e));
      const q = f64x2.mul(e, p);
      let modulator = halfStepPower(q, halfSteps);
      let slope = multiplyAdd<f64>(f64x2.mul(pair.gamma, p), minusLogP, q);
      if (weights) {
        const weight = lanesAreSamples ? loadPair(weightAt, false) : f64x2.splat(load<f32>(weightAt));
        modulator = f64x2.mul(modulator, weight);
        slope = f64x2.mul(slope, modulator);
        const loss = f64x2.mul(minusLogP, modulator);
        minusLogP = f64x2.mul(minusLogP, weight);
        modulator = loss;
      } else {
        slope = f64x2.mul(slope, modulator);
        modulator = f64x2.mul(minusLogP, modulator);
      }
      const loss = modulator;
      const pt = v128.and(p, f64x2.ne(e, ZERO));
      if (training || params.gradients) {
        const factor = v128.bitselect(positiveFactor, negativeFactor, positive);
        storePair(params.gradients + at, f64x2.mul(slope, factor), false);
      }
      if (!training && params.elementwise) {
        const alpha = v128.bitselect(pair.positiveAlpha, pair.negativeAlpha, positive);
        storePair(params.elementwise + at, f64x2.mul(loss, alpha), false);
      }
      if (!training && params.gradientSquares) addSquares(pair, positive, slope);
      positiveLosses = f64x2.add(positiveLosses, v128.and(positive, loss));
      negativeLosses = f64x2.add(negativeLosses, v128.andnot(loss, positive));
      positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(positive, minusLogP));
      negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(minusLogP, positive));
      positiveSlopes = f64x2.add(positiveSlopes, v128.and(positive, slope));
      negativeSlopes = f64x2.add(negativeSlopes, v128.andnot(slope, positive));
      positivePts = f64x2.add(positivePts, v128.and(positive, pt));
      negativePts = f64x2.add(negativePts, v128.andnot(pt, positive));
    }
    pair.positiveLoss = f64x2.add(pair.positiveLoss, f64x2.mul(positiveLosses, pair.positiveAlpha));
    pair.negativeLoss = f64x2.add(pair.negativeLoss, f64x2.mul(negativeLosses, pair.negativeAlpha));
    if (!params.allSums) continue;
    pair.positiveCrossEntropy = f64x2.add(pair.positiveCrossEntropy, positiveCrossEntropies);
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, negativeCrossEntropies);
    pair.positiveGradientL1 = f64x2.add(pair.positiveGradientL1, f64x2.mul(positiveSlopes, pair.positiveAlpha));
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, f64x2.mul(negativeSlopes, pair.negativeAlpha));
    pair.positivePt = f64x2.add(pair.positivePt, positivePts);
    pair.negativePt = f64x2.add(pair.negativePt, negativePts);
  }
}

function addSquares(pair: ClassPair, positive: v128, slope: v128): void {
  const ofPositive = f64x2.mul(slope, pair.positiveAlpha);
  const ofNegative = f64x2.mul(slope, pair.negativeAlpha);
  const positiveSquares = v128.and(f64x2.mul(ofPositive, ofPositive), positive);
  const negativeSquares = v128.andnot(f64x2.mul(ofNegative, ofNegative), positive);
  pair.positiveGradientSquares = f64x2.add(pair.positiveGradientSquares, positiveSquares);
  pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, negativeSquares);
}
