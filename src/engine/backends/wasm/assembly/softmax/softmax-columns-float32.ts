import { expMinusOne, powerOfTwo, roundedExponent } from '../math/exp-float32';
import { highHalf, loadFour } from '../math/float32-lanes';
import { IGNORED, KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { SOFT, trueClassesOf } from './softmax-labels';
import { evaluatePair } from './evaluate-pair';
import { listColumns } from './list-bins';
import { addSampleBins } from './sample-bins';
import { COUNTS, FLOAT64, pairOf, SamplePair, setSample } from './softmax-pair';
import { exponentials } from './softmax-remaining-classes';
import { addRemainingColumns } from './softmax-remaining-columns';
import { areInRange } from './softmax-rows-float32';
import { finishSample } from './softmax-sample';
import { exp } from '../math/vector-math';

// Blocks of consecutive samples, with float32 lanes along the samples: for classes that are not contiguous, and for few. Each
// step is done for the whole block, so that the processor overlaps the samples.

/**
 * Evaluates a block of consecutive samples.
 *
 * @param count a multiple of 4, up to `blockOf(params)`
 * @param gather whether the classes of a sample are contiguous, and not the samples
 * @returns how many samples have been added to the sums of the remaining classes, plus those that are ignored times 256; −1
 *   if a label is soft
 */
@inline
export function evaluateBlock(params: KernelParams, element: u32, sample: u32, count: u32, gather: bool): i32 {
  const ignored = loadBlock(params, element, sample, count, gather);
  if (ignored < 0) return -1;
  if (params.bins) listColumns(params, count);
  let added: i32 = 0;
  for (let i: u32 = 0; i < count; i += 2) added += evaluatePair(params, i);
  if (params.bins) addSampleBins(params, count);
  if (params.gradients || params.allSums) addRemainingColumns(params, element, count, gather);
  for (let i: u32 = 0; i < count; i++) finishSample(params, pairOf(params, i), i & 1);
  return added + (ignored << 8);
}

/** Loads a block of samples. @returns how many are ignored; −1 if a label is soft */
@inline
export function loadBlock(params: KernelParams, element: u32, sample: u32, count: u32, gather: bool): i32 {
  const step = gather ? params.classes : 1;
  let ignored: i32 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const labels = trueClassesOf(params, element + i * step, sample + i, gather);
    if (v128.any_true(i32x4.eq(labels, i32x4.splat(SOFT)))) return -1;
    ignored += popcnt(i32x4.bitmask(i32x4.eq(labels, i32x4.splat(IGNORED))));
    loadSamples(params, element + i * step, sample + i, labels, i, count, gather);
  }
  return ignored;
}

/**
 * Loads four samples into the pairs from index `i` of the block, as `loadTwo` in softmax-rows-float32.ts does. An ignored
 * sample has its largest class as the true one. Samples whose exponentials float32 cannot hold have none.
 */
@inline
function loadSamples(
  params: KernelParams,
  element: u32,
  sample: u32,
  labels: v128,
  i: u32,
  count: u32,
  gather: bool,
): void {
  const constants = params.constants;
  const classes = params.classes;
  const first = params.predictions + (usize(element) << 2);
  const classStep = usize(params.inner) << 2;
  const sampleStep = gather ? usize(classes) << 2 : 4;
  const one = i32x4.splat(1);
  let largest = loadFour(first, gather, sampleStep);
  let smallest = largest;
  let argmax = i32x4.splat(0);
  let c = one;
  let at = first + classStep;
  const end = first + usize(classes) * classStep;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  if (classes > 1) {
    do {
      const x = loadFour(at, gather, sampleStep);
      argmax = v128.bitselect(c, argmax, f32x4.gt(x, largest));
      largest = f32x4.pmax(largest, x);
      smallest = f32x4.pmin(smallest, x);
      c = i32x4.add(c, one);
      at += classStep;
    } while (at < end);
  }
  const isInRange = areInRange(smallest, largest);
  const isIgnored = i32x4.eq(labels, i32x4.splat(IGNORED));
  largest = v128.andnot(largest, isIgnored);
  const trueClasses = v128.bitselect(argmax, labels, isIgnored);
  const step = gather ? classes : 1;
  const pair = pairOf(params, i);
  const second = pairOf(params, i + 2);
  const t = trueClasses;
  setSample(params, pair, 0, element, sample, i32x4.extract_lane(t, 0), i32x4.extract_lane(argmax, 0));
  setSample(params, pair, 1, element + step, sample + 1, i32x4.extract_lane(t, 1), i32x4.extract_lane(argmax, 1));
  setSample(params, second, 0, element + 2 * step, sample + 2, i32x4.extract_lane(t, 2), i32x4.extract_lane(argmax, 2));
  setSample(params, second, 1, element + 3 * step, sample + 3, i32x4.extract_lane(t, 3), i32x4.extract_lane(argmax, 3));
  const allInRange = i32x4.all_true(v128.or(isInRange, isIgnored));
  const states = v128.andnot(i32x4.splat(allInRange ? COUNTS : FLOAT64), isIgnored);
  v128.store64_lane(changetype<usize>(pair) + offsetof<SamplePair>('states'), states, 0);
  v128.store64_lane(changetype<usize>(second) + offsetof<SamplePair>('states'), states, 1);
  let row = exponentials(params) + (usize(i) << 2);
  const rowStep = usize(count) << 2;
  if (!allInRange || i32x4.all_true(isIgnored)) {
    for (let j: u32 = 0; j < classes; j++, row += rowStep) v128.store(row, i32x4.splat(0));
    return;
  }

  const n = f32x4.nearest(f32x4.mul(largest, constants.log2EFloat32));
  const biases = i32x4.sub(i32x4.splat(127), i32x4.trunc_sat_f32x4_s(n));
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  at = first;
  c = i32x4.splat(0);
  let lacking = f32x4.splat(0);
  do {
    // Logits of ignored samples may be anything, also NaN: their exponentials would be, too, and 0 times that is NaN.
    const x = v128.andnot(loadFour(at, gather, sampleStep), isIgnored);
    const rounded = roundedExponent(x, constants);
    const u = expMinusOne(x, rounded, constants);
    const isLeftOut = v128.or(i32x4.eq(c, trueClasses), i32x4.eq(c, argmax));
    const power = v128.andnot(powerOfTwo(rounded, biases), isLeftOut);
    const s = f32x4.add(constants.oneFloat32, u);
    const e = f32x4.mul(s, power);
    v128.store(row, e);
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(e)));
    lacking = multiplyAdd<f32>(f32x4.sub(u, f32x4.sub(s, constants.oneFloat32)), power, lacking);
    c = i32x4.add(c, one);
    at += classStep;
    row += rowStep;
  } while (at < end);
  const trueLogits = trueLogitsOf(first, trueClasses, classStep, sampleStep);
  const isTrue = i32x4.eq(trueClasses, argmax);
  setPair(params, pair, trueLogits, largest, n, isTrue, f64x2.add(low, f64x2.promote_low_f32x4(lacking)));
  const restSum = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(lacking)));
  setPair(params, second, highHalf(trueLogits), highHalf(largest), highHalf(n), highHalf(isTrue), restSum);
}

@inline
function trueLogitsOf(first: usize, classes: v128, classStep: usize, sampleStep: usize): v128 {
  let x = v128.load32_zero(first + usize(i32x4.extract_lane(classes, 0)) * classStep);
  x = v128.load32_lane(first + sampleStep + usize(i32x4.extract_lane(classes, 1)) * classStep, x, 1);
  x = v128.load32_lane(first + 2 * sampleStep + usize(i32x4.extract_lane(classes, 2)) * classStep, x, 2);
  return v128.load32_lane(first + 3 * sampleStep + usize(i32x4.extract_lane(classes, 3)) * classStep, x, 3);
}

/** Sets the exponentials of two samples, from the lower two lanes of what is float32 or int32. */
@inline
function setPair(
  params: KernelParams,
  pair: SamplePair,
  trueLogits: v128,
  maxLogits: v128,
  n: v128,
  isTrue: v128,
  restSum: v128,
): void {
  const constants = params.constants;
  const shift = f64x2.mul(f64x2.promote_low_f32x4(n), constants.ln2);
  pair.trueExp = exp(f64x2.sub(f64x2.promote_low_f32x4(trueLogits), shift), constants);
  const largestExp = exp(f64x2.sub(f64x2.promote_low_f32x4(maxLogits), shift), constants);
  pair.largestExp = v128.andnot(largestExp, i64x2.extend_low_i32x4_s(isTrue));
  pair.restSum = restSum;
}
