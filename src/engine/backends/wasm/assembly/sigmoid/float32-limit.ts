import { DETACHED, INTERPOLATED, KernelParams, VARIFOCAL } from '../kernel-params';
import { MAX_EXP_ARGUMENT } from '../math/softplus';
import { log } from '../math/vector-math';
import { ClassPair, pairAt } from '../sums';
import { servesFamily } from './family-limit';
import { smallestLabel } from './smallest-label';
import { rangeOfWeights } from './weight-range';

// Within these bounds all that is float32 is a normal number, above e^−87: by all weights the smallest loss, e^(−|x| (γ + 1)), and
// u (q − y) of `evaluateSoftRow`, e^(−2 |x|); 1 / denominator; and α by all weights.
const MAX_EXPONENT: f64 = 85;
const MIN_SCALE: f64 = 1e-25;
const MIN_FACTOR: f64 = 1e-8;
const MAX_FACTOR: f64 = 1e12;
/**
 * Rows with dense labels compute 1 − y and its mixture with α as differences, which then have a relative error of 1e-9. Powers
 * multiply it by γ. Smaller smoothing is float64 throughout.
 */
const MIN_ADDED: f64 = 1e-7;
/** Powers multiply the error of a refined row, 1e-8, which is to stay below that of a float32. */
const MAX_GAMMA: f64 = 10;
/** Up to here, rows need not be refined. */
const MAX_GAMMA_UNREFINED: f64 = 4;

/** Losses of `varifocal` are multiplied by the label. Those of smaller labels are float64, vector by vector. */
const MIN_LABEL: f64 = 1e-16;

/** So few elements take no time to speak of, and the float32 errors of few elements do not average out in the sums. */
const MIN_ELEMENTS: u32 = 4096;

/** Whether the float32 kernels serve labels that may be soft. Near their roots, `termwise` and `quality` need more digits. */
export function servesSoft(params: KernelParams): bool {
  if (params.probabilities) return false;
  return params.softLabels >= VARIFOCAL || (params.softLabels == INTERPOLATED && params.family <= DETACHED);
}

/**
 * The largest |x| that the float32 kernels evaluate, or −1 if they do not serve this call.
 *
 * @param from the first of the samples of the call
 * @param soft whether labels may be soft
 */
export function float32Limit(params: KernelParams, from: u32, to: u32, soft: bool): f32 {
  params.minLabel = 0;
  if (params.hessian || (params.family && !servesFamily(params)) || (to - from) * params.classes < MIN_ELEMENTS) return -1;
  if (params.dense && params.addedLabel > 0 && params.addedLabel < MIN_ADDED) return -1;
  if (!(params.scale >= MIN_SCALE && params.scale <= MAX_FACTOR)) return -1;
  let smallest = f64x2.splat(1);
  let largest = f64x2.splat(1);
  let share = params.addedLabel > 0 ? params.addedLabel : 1;
  if (soft && params.dense && params.addedLabel == 0 && hasPositiveSideAlone(params)) {
    share = smallestLabel(params, from, to);
  }
  const pairs = params.lanesAreSamples ? params.classes : (params.classes + 1) >> 1;
  for (let i: u32 = 0; i < pairs; i++) {
    const pair = pairAt(params, i);
    smallest = f64x2.pmin(smallest, smallestFactor(pair, f64x2.splat(share)));
    largest = f64x2.pmax(largest, f64x2.pmax(pair.positiveAlpha, pair.negativeAlpha));
  }
  let minScale: f64 = 1;
  let minFactor = Math.min(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1));
  let maxFactor = Math.max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  const weights = rangeOfWeights(params, from, to);
  const largestWeight = f64x2.extract_lane(weights, 1);
  minFactor *= f64x2.extract_lane(weights, 0);
  maxFactor *= largestWeight;
  // Gradients are divided by the denominator first: larger weights would make normal numbers of subnormal ones.
  if (largestWeight > 1) minScale = Math.min(1, params.scale);
  if (!(params.maxGamma <= MAX_GAMMA && minFactor >= MIN_FACTOR && maxFactor <= MAX_FACTOR)) return -1;
  const maxExponent = MAX_EXPONENT + log(minFactor * minScale, params.constants);
  const limit = min(MAX_EXP_ARGUMENT, f32(maxExponent / (1 + Math.max(1, params.maxGamma))));
  return params.softLabels == VARIFOCAL && soft && params.dense ? limitOfLabels(params, from, to, limit, maxExponent) : limit;
}

/** The smallest loss of a label by itself is e^(−|x|) by the label. Sets `params.minLabel`. */
function limitOfLabels(params: KernelParams, from: u32, to: u32, limit: f32, maxExponent: f64): f32 {
  const smallest = smallestLabel(params, from, to);
  params.minLabel = smallest < MIN_LABEL ? MIN_LABEL : 0;
  return min(limit, f32(maxExponent + log(Math.max(smallest, MIN_LABEL), params.constants)));
}

/** The smaller α of both sides; if one is 0, the least that is multiplied by the other one. */
@inline
function smallestFactor(pair: ClassPair, share: v128): v128 {
  const ZERO = f64x2.splat(0);
  const smaller = f64x2.pmin(orOne(pair.positiveAlpha), orOne(pair.negativeAlpha));
  const isOneSided = v128.xor(f64x2.eq(pair.positiveAlpha, ZERO), f64x2.eq(pair.negativeAlpha, ZERO));
  return v128.bitselect(f64x2.mul(smaller, share), smaller, isOneSided);
}

/** Whether a class has α = 0 on the negative side alone: then α_t is as small as the label. */
function hasPositiveSideAlone(params: KernelParams): bool {
  const ZERO = f64x2.splat(0);
  let found = ZERO;
  const pairs = params.lanesAreSamples ? params.classes : (params.classes + 1) >> 1;
  for (let i: u32 = 0; i < pairs; i++) {
    const pair = pairAt(params, i);
    found = v128.or(found, v128.andnot(f64x2.eq(pair.negativeAlpha, ZERO), f64x2.eq(pair.positiveAlpha, ZERO)));
  }
  return v128.any_true(found);
}

/** Whether γ is so large somewhere that rows need to be refined: powers multiply the error of e^z. */
@inline
export function needsRefining(params: KernelParams): bool {
  return params.maxGamma > MAX_GAMMA_UNREFINED;
}

/** 1 in place of 0. */
@inline
function orOne(x: v128): v128 {
  return v128.bitselect(f64x2.splat(1), x, f64x2.eq(x, f64x2.splat(0)));
}
