import { expMinusOne, powerOfTwo, roundedExponent } from '../math/exp-float32';
import { demote, highHalf } from '../math/float32-lanes';
import { IGNORED, KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { SoftBlock, SoftFour } from './soft-block';
import { areInRange } from './softmax-rows-float32';
import { exp, logOf } from '../math/vector-math';

/** Weights beyond this, or below its inverse, are left to float64. */
const MAX_WEIGHT: f32 = 1e9;

/**
 * Computes the exponentials of four samples and what follows from their sums. Those that are ignored, or that float32 cannot hold,
 * become samples without weight whose logits are 0.
 *
 * @param i the first of the four in the block
 * @param present mask of those that exist
 * @param excluded mask of those that are left to float64 in any case
 * @returns the bits of those that are present, not ignored, and left to float64, and those of the ignored ones times 16
 */
@inline
export function loadSoftFour(
  params: KernelParams,
  block: SoftBlock,
  four: SoftFour,
  i: usize,
  sample: u32,
  present: v128,
  excluded: v128,
): i32 {
  const constants = params.constants;
  const rowSize = block.rowSize;
  const logits = block.logits + (i << 2);
  const end = logits + usize(params.classes) * rowSize;
  let largest = v128.load(logits);
  let smallest = largest;
  let argmax = i32x4.splat(0);
  const one = i32x4.splat(1);
  let c = one;
  for (let at = logits + rowSize; at < end; at += rowSize) {
    const x = v128.load(at);
    argmax = v128.bitselect(c, argmax, f32x4.gt(x, largest));
    largest = f32x4.pmax(largest, x);
    smallest = f32x4.pmin(smallest, x);
    c = i32x4.add(c, one);
  }
  const isInRange = areInRange(smallest, largest);
  const counts = v128.andnot(present, ignoredOf(params, block, four, i, present));
  const weights = weightsOf(params, sample, counts);
  const isWeightInRange = v128.or(
    f32x4.eq(weights, f32x4.splat(0)),
    v128.and(f32x4.gt(weights, f32x4.splat(1 / MAX_WEIGHT)), f32x4.lt(weights, f32x4.splat(MAX_WEIGHT))),
  );
  const active = v128.andnot(v128.and(counts, v128.and(isInRange, isWeightInRange)), excluded);
  const areAllActive = i32x4.all_true(active);
  largest = v128.and(largest, active);
  argmax = v128.or(argmax, v128.not(active));
  four.maxLogits = largest;
  four.active = active;
  four.weights = v128.and(weights, active);
  four.largestClasses = argmax;
  const zero = f64x2.splat(0);
  four.largeSlopes = zero;
  four.largeSlopesHigh = zero;
  four.otherSlopes = zero;
  four.otherSlopesHigh = zero;
  four.losses = zero;
  four.lossesHigh = zero;

  const n = f32x4.nearest(f32x4.mul(largest, constants.log2EFloat32));
  const biases = i32x4.sub(i32x4.splat(127), i32x4.trunc_sat_f32x4_s(n));
  const infinity = f32x4.splat(Infinity);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let lacking = f32x4.splat(0);
  let row = block.probabilities + (i << 2);
  c = i32x4.splat(0);
  for (let at = logits; at < end; at += rowSize, row += rowSize) {
    let x = v128.load(at);
    if (!areAllActive) {
      x = v128.and(x, active);
      v128.store(at, x);
    }
    const rounded = roundedExponent(x, constants);
    const u = expMinusOne(x, rounded, constants);
    const isLargest = i32x4.eq(c, argmax);
    const power = v128.andnot(powerOfTwo(rounded, biases), isLargest);
    const s = f32x4.add(constants.oneFloat32, u);
    const e = f32x4.mul(s, power);
    v128.store(row, v128.or(e, v128.and(infinity, isLargest)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(e)));
    lacking = multiplyAdd<f32>(f32x4.sub(u, f32x4.sub(s, constants.oneFloat32)), power, lacking);
    c = i32x4.add(c, one);
  }
  setTwo(params, four, 0, largest, n, f64x2.add(low, f64x2.promote_low_f32x4(lacking)));
  setTwo(params, four, 16, highHalf(largest), highHalf(n), f64x2.add(high, f64x2.promote_low_f32x4(highHalf(lacking))));
  four.inverses = v128.and(demote(four.inversesFloat64, four.inversesHigh), active);
  four.logTotals = demote(four.logTotalsFloat64, four.logTotalsHigh);
  block.active += popcnt(i32x4.bitmask(active));
  const bits = i32x4.bitmask(counts);
  return (bits & ~i32x4.bitmask(active)) | ((i32x4.bitmask(present) & ~bits) << 4);
}

/** Sets what follows from the sums of two samples, at this offset in the fields of float64. */
@inline
function setTwo(params: KernelParams, four: SoftFour, offset: usize, maxLogits: v128, n: v128, sum: v128): void {
  const constants = params.constants;
  const at = changetype<usize>(four) + offset;
  const shift = f64x2.mul(f64x2.promote_low_f32x4(n), constants.ln2);
  const largestExp = exp(f64x2.sub(f64x2.promote_low_f32x4(maxLogits), shift), constants);
  const inverse = f64x2.div(constants.one, f64x2.add(sum, largestExp));
  const p = f64x2.mul(largestExp, inverse);
  const q = f64x2.mul(sum, inverse);
  v128.store(at, shift, offsetof<SoftFour>('shifts'));
  v128.store(at, inverse, offsetof<SoftFour>('inversesFloat64'));
  v128.store(at, p, offsetof<SoftFour>('largestP'));
  v128.store(at, q, offsetof<SoftFour>('largestQ'));
  v128.store(at, f64x2.neg(logOf(p, q, constants)), offsetof<SoftFour>('logTotalsFloat64'));
}

/** Masks of the samples that are ignored: those with dense labels if all of their labels are. Reads class indices. */
@inline
function ignoredOf(params: KernelParams, block: SoftBlock, four: SoftFour, i: usize, present: v128): v128 {
  if (!params.dense) {
    // In place of missing samples there is what was there before: a class of theirs would be evaluated in float64 for all four.
    four.trueClasses = v128.or(v128.load(block.labels + (i << 2)), v128.not(present));
    return i32x4.eq(four.trueClasses, i32x4.splat(IGNORED));
  }
  let at = block.labels + (i << 2);
  let ignored = f32x4.eq(v128.load(at), f32x4.splat(f32(IGNORED)));
  for (let c: u32 = 1; c < params.classes && v128.any_true(ignored); c++) {
    at += block.rowSize;
    ignored = v128.and(ignored, f32x4.eq(v128.load(at), f32x4.splat(f32(IGNORED))));
  }
  return ignored;
}

@inline
function weightsOf(params: KernelParams, sample: u32, counts: v128): v128 {
  if (!params.sampleWeights) return params.constants.oneFloat32;
  const at = params.sampleWeights + (usize(sample) << 2);
  if (i32x4.all_true(counts)) return v128.load(at);
  // Some may be missing.
  let weights = f32x4.splat(0);
  const bits = i32x4.bitmask(counts);
  if (bits & 1) weights = v128.load32_lane(at, weights, 0);
  if (bits & 2) weights = v128.load32_lane(at + 4, weights, 1);
  if (bits & 4) weights = v128.load32_lane(at + 8, weights, 2);
  if (bits & 8) weights = v128.load32_lane(at + 12, weights, 3);
  return weights;
}
