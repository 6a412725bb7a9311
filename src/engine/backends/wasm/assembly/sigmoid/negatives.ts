import { INTERPOLATED, KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower } from '../math/powers';
import { loadPair, storePair } from './sigmoid-pair';
import { expFloat32, MAX_EXP_ARGUMENT, softplus } from '../math/softplus';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';

/** Classes that are processed together for all samples, so that their sums stay in the L1 cache. */
export const TILE: u32 = 128;
/** Samples that are processed together, so that sums are loaded and stored once for all of them. */
export const BLOCK: u32 = 4;

// The layout of `params.block`: for each sample E = e^x and then softplus(x), as float32; at the end the number of
// positive predictions per class, as int32.
const ROW: usize = usize(TILE) << 3;
const SOFTPLUS: usize = usize(TILE) << 2;
const PREDICTED: usize = usize(BLOCK) * ROW;

/** So few elements take no time to speak of, and the float32 errors of few elements do not average out in the sums. */
const MIN_ELEMENTS: u32 = 4096;

/**
 * Whether the float32 fast path serves so many samples: E and softplus are precise enough in float32, and powers are
 * products, which multiply their relative errors by no more than γ = 5.
 */
export function usesFloat32FastPath(params: KernelParams, samples: u32): bool {
  return params.halfSteps >= 0 && !params.hessian && samples * params.classes >= MIN_ELEMENTS;
}

/** Likewise for labels that may be soft. Near their roots, the other forms need more digits than it has. */
export function usesFloat32FastPathForSoft(params: KernelParams, samples: u32): bool {
  const isInterpolated = params.softLabels == INTERPOLATED && !params.probabilities && !params.bins;
  return isInterpolated && usesFloat32FastPath(params, samples);
}

/**
 * Whether `addNegatives` serves, which is faster where nearly all labels are negative: with E as one float32 number up to
 * γ = 3, and with what a training step requests.
 */
export function usesFloat32Negatives(params: KernelParams): bool {
  const isPrecise = params.halfSteps >= 0 && params.halfSteps <= 6;
  return isPrecise && !params.gradientSquares && !params.elementwise && !params.hessian;
}

/**
 * Computes E and softplus of one sample into a row of the block. The number of classes is a multiple of 4.
 *
 * @param at address of the sample's predictions
 * @returns whether a logit is outside the range of the float32 exponential
 */
export function loadRow(params: KernelParams, at: usize, row: u32, classes: u32): bool {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const target = params.block + usize(row) * ROW;
  const predicted = params.block + PREDICTED;
  const size = usize(classes) << 2;
  let argmaxOf = ZERO;
  // Two loops, because the processor overlaps more elements with two short dependency chains than with one long chain.
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(at + i);
    v128.store(target + i, expFloat32(x, constants));
    argmaxOf = f32x4.pmax(argmaxOf, f32x4.abs(x));
  }
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(at + i);
    v128.store(target + i, softplus(x, v128.load(target + i), constants), SOFTPLUS);
    v128.store(predicted + i, i32x4.sub(v128.load(predicted + i), f32x4.ge(x, ZERO)));
  }
  return v128.any_true(f32x4.gt(argmaxOf, f32x4.splat(MAX_EXP_ARGUMENT)));
}

/**
 * Masks a pair of elements that `loadRow` has loaded: with E = 0 and softplus = 0 they add nothing to any sum.
 *
 * @param at address of the row's predictions
 * @param first index in the row of the first of the two
 */
export function maskPair(params: KernelParams, at: usize, row: u32, first: u32): void {
  const offset = usize(first) << 2;
  const e = params.block + usize(row) * ROW + offset;
  store<u64>(e, 0);
  store<u64>(e, 0, SOFTPLUS);
  const count = params.block + PREDICTED + offset;
  const predicted = f32x4.ge(v128.load64_zero(at + offset), f32x4.splat(0));
  v128.store64_lane(count, i32x4.add(v128.load64_zero(count), predicted), 0);
}

export function maskFour(params: KernelParams, at: usize, row: u32, first: u32): void {
  maskPair(params, at, row, first);
  maskPair(params, at, row, first + 2);
}

/**
 * Evaluates the elements in the block as negatives, with gradients and sums if requested.
 *
 * As in `evaluatePair`, with p = 1 / (1 + E) and q = E p.
 *
 * @param element index of the first sample's first class
 * @param rows number of samples, which are `params.classes` elements apart; 1 if lanes are samples
 * @param firstPair index of the first two classes' `ClassPair`; of the only class's if lanes are samples
 */
export function addNegatives(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  firstPair: u32,
  pairs: u32,
): void {
  if (params.halfSteps == 4) addSquared(params, element, sample, rows, firstPair, pairs);
  else addWithGamma(params, element, sample, rows, firstPair, pairs, params.halfSteps);
}

/** γ = 2, in a function of its own, in which `halfSteps` is a constant. */
function addSquared(params: KernelParams, element: u32, sample: u32, rows: u32, firstPair: u32, pairs: u32): void {
  addWithGamma(params, element, sample, rows, firstPair, pairs, 4);
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
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const gamma = f64x2.splat(f64(halfSteps) / 2);
  // The distance between elements of the same sums: to the next sample of two classes, or to the next two samples.
  const lanesAreSamples = params.lanesAreSamples != 0;
  const scratchStep: usize = lanesAreSamples ? 8 : ROW;
  const step: usize = lanesAreSamples ? 8 : usize(params.classes) << 2;
  const weightStep: usize = lanesAreSamples ? 8 : 4;
  const steps = lanesAreSamples ? pairs : rows;
  const sets: u32 = lanesAreSamples ? 1 : pairs;
  const scale = f64x2.splat(params.scale);
  const hasGradients = params.gradients != 0;
  const weights = params.sampleWeights;
  let options = changetype<usize>(pairAt(params, firstPair));
  for (let i: u32 = 0; i < sets; i++, options += PAIR_SIZE) {
    const pair = changetype<ClassPair>(options);
    const factor = f64x2.mul(pair.negativeAlpha, scale);
    let at = params.block + (usize(i) << 3);
    const end = at + usize(steps) * scratchStep;
    let gradient = params.gradients + (usize(element + 2 * i) << 2);
    let weightAt = weights + (usize(sample) << 2);
    let losses = ZERO;
    let crossEntropies = ZERO;
    let slopes = ZERO;
    let pts = ZERO;
    for (; at < end; at += scratchStep, gradient += step, weightAt += weightStep) {
      const e = f64x2.promote_low_f32x4(v128.load64_zero(at));
      let minusLogP = f64x2.promote_low_f32x4(v128.load64_zero(at, SOFTPLUS));
      const p = f64x2.div(ONE, f64x2.add(ONE, e));
      const q = f64x2.mul(e, p);
      let slope = multiplyAdd<f64>(f64x2.mul(gamma, p), minusLogP, q);
      let weight = ONE;
      if (weights) {
        weight = lanesAreSamples ? loadPair(weightAt, false) : f64x2.splat(load<f32>(weightAt));
        minusLogP = f64x2.mul(minusLogP, weight);
      }
      const modulator = halfStepPower(q, halfSteps);
      const loss = f64x2.mul(minusLogP, modulator);
      slope = f64x2.mul(slope, modulator);
      if (weights) slope = f64x2.mul(slope, weight);
      if (hasGradients) storePair(gradient, f64x2.mul(slope, factor), false);
      losses = f64x2.add(losses, loss);
      crossEntropies = f64x2.add(crossEntropies, minusLogP);
      slopes = f64x2.add(slopes, slope);
      pts = f64x2.add(pts, v128.and(p, f64x2.ne(e, ZERO)));
    }
    pair.negativeLoss = f64x2.add(pair.negativeLoss, f64x2.mul(losses, pair.negativeAlpha));
    if (!params.allSums) continue;
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, crossEntropies);
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, f64x2.mul(slopes, pair.negativeAlpha));
    pair.negativePt = f64x2.add(pair.negativePt, pts);
  }
}

/**
 * Adds the positive predictions that `loadRow` has counted to the sums, and resets the counts to 0.
 *
 * @param firstPair as in `addNegatives`
 */
export function addPredicted(params: KernelParams, firstPair: u32, pairs: u32): void {
  let at = params.block + PREDICTED;
  for (let i: u32 = 0; i < pairs; i++, at += 8) {
    const pair = pairAt(params, params.lanesAreSamples ? firstPair : firstPair + i);
    const counts = f64x2.convert_low_i32x4_u(v128.load64_zero(at));
    pair.negativePredicted = f64x2.add(pair.negativePredicted, counts);
    store<u64>(at, 0);
  }
}
