import { IGNORED } from '../kernel-params';
import { SoftBlock, SoftFour } from '../softmax/soft-block';
import { labelUnit } from '../softmax/soft-range';
import { optionsOf } from '../softmax/soft-four';
import { add } from '../softmax/soft-terms';
import { ClassPair } from '../sums';
import { exp, logOf } from '../math/vector-math';
import { SinglePair, SINGLE_PAIR_SIZE } from './single-pairs';
import { SoftmaxSweepParams } from './softmax-sweep-params';

/**
 * Appends one class of some of four samples to the list of singles, and counts them. Labels that are ignored are left out: they add
 * nothing to any sum.
 *
 * @param offset of the four in a tensor of the block, in bytes
 * @param lanes bits of the samples
 * @param pairs the first pair of the class
 * @param count of its samples in the list
 * @returns the new count
 */
export function pushSingles(
  sweep: SoftmaxSweepParams,
  block: SoftBlock,
  four: SoftFour,
  c: u32,
  offset: usize,
  lanes: i32,
  pairs: usize,
  count: u32,
): u32 {
  if (lanes & 3) count = pushTwo(sweep, block, four, c, offset, 0, lanes & 3, pairs, count);
  if (lanes >> 2) count = pushTwo(sweep, block, four, c, offset, 1, lanes >> 2, pairs, count);
  return count;
}

/** As `evaluateFour` of softmax/soft-four.ts, without what depends on γ and α. */
function pushTwo(
  sweep: SoftmaxSweepParams,
  block: SoftBlock,
  four: SoftFour,
  c: u32,
  offset: usize,
  half: usize,
  lanes: i32,
  pairs: usize,
  count: u32,
): u32 {
  const params = sweep.shared;
  const constants = params.constants;
  const ONE = f64x2.splat(1);
  const floats = changetype<usize>(four) + (half << 3);
  const doubles = changetype<usize>(four) + (half << 4);
  const at = offset + (half << 3);
  const isLargest = maskOf(i32x4.eq(v128.load64_zero(floats, offsetof<SoftFour>('largestClasses')), i32x4.splat(c)));
  const x = f64x2.promote_low_f32x4(v128.load64_zero(block.logits + at));
  const e = exp(f64x2.sub(x, v128.load(doubles, offsetof<SoftFour>('shifts'))), constants);
  const pOfOthers = f64x2.mul(e, v128.load(doubles, offsetof<SoftFour>('inversesFloat64')));
  const p = v128.bitselect(v128.load(doubles, offsetof<SoftFour>('largestP')), pOfOthers, isLargest);
  const q = v128.bitselect(v128.load(doubles, offsetof<SoftFour>('largestQ')), f64x2.sub(ONE, p), isLargest);
  const maxLogits = f64x2.promote_low_f32x4(v128.load64_zero(floats, offsetof<SoftFour>('maxLogits')));
  const logP = f64x2.sub(f64x2.sub(x, maxLogits), v128.load(doubles, offsetof<SoftFour>('logTotalsFloat64')));
  let labels: v128;
  if (params.dense) labels = f64x2.promote_low_f32x4(v128.load64_zero(block.labels + at));
  else {
    const isTrue = maskOf(i32x4.eq(v128.load64_zero(floats, offsetof<SoftFour>('trueClasses')), i32x4.splat(c)));
    labels = v128.and(isTrue, ONE);
  }
  const active = maskOf(v128.load64_zero(floats, offsetof<SoftFour>('active')));
  lanes &= i64x2.bitmask(v128.and(active, f64x2.ne(labels, f64x2.splat(IGNORED))));
  if (!lanes) return count;
  const y = f64x2.add(f64x2.mul(labels, f64x2.splat(params.keptLabel)), f64x2.splat(params.addedLabel));
  const weight = f64x2.promote_low_f32x4(v128.load64_zero(floats, offsetof<SoftFour>('weights')));
  const share = f64x2.mul(f64x2.mul(y, weight), f64x2.splat(1 / labelUnit(params)));
  const crossEntropy = f64x2.neg(f64x2.mul(share, logP));
  const slopeOfGamma = f64x2.div(f64x2.mul(p, crossEntropy), q);
  const logarithm = sweep.needsLogarithms ? f64x2.neg(logOf(q, p, constants)) : ONE;
  const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // Before smoothing.
  // Of two classes that are level, both p may be rounded to more than ½.
  const isLarge = v128.and(f64x2.gt(p, f64x2.splat(0.5)), isLargest);
  countSingles(sweep, c, lanes, i64x2.bitmask(isPositive), i64x2.bitmask(isLargest));
  for (let lane = 0; lane < 2; lane++) {
    if (!((lanes >> lane) & 1)) continue;
    const pair = pairs + usize(count >> 1) * SINGLE_PAIR_SIZE;
    const to = pair + (usize(count & 1) << 3);
    storeLane(to + offsetof<SinglePair>('p'), p, lane);
    storeLane(to + offsetof<SinglePair>('q'), q, lane);
    storeLane(to + offsetof<SinglePair>('share'), share, lane);
    storeLane(to + offsetof<SinglePair>('crossEntropy'), crossEntropy, lane);
    storeLane(to + offsetof<SinglePair>('slopeOfGamma'), slopeOfGamma, lane);
    storeLane(to + offsetof<SinglePair>('logarithm'), logarithm, lane);
    storeLane(to + offsetof<SinglePair>('positive'), isPositive, lane);
    storeLane(to + offsetof<SinglePair>('large'), isLarge, lane);
    const sample = pair + (usize(count & 1) << 2);
    store<usize>(sample + offsetof<SinglePair>('firstSample'), doubles + (usize(lane) << 3));
    count += 1;
  }
  return count;
}

/** Ends the pairs of a class: a lane without a sample adds 0. @returns the end */
export function endPairs(pairs: usize, count: u32): usize {
  const end = pairs + usize((count + 1) >> 1) * SINGLE_PAIR_SIZE;
  if (!(count & 1)) return end;
  const last = end - SINGLE_PAIR_SIZE;
  for (let field: usize = 0; field < offsetof<SinglePair>('firstSample'); field += 16) store<f64>(last + field, 0, 8);
  const pair = changetype<SinglePair>(last);
  pair.secondSample = pair.firstSample;
  return end;
}

function countSingles(sweep: SoftmaxSweepParams, c: u32, lanes: i32, positive: i32, largest: i32): void {
  const sums = optionsOf(sweep.shared, c);
  add(sums + offsetof<ClassPair>('positiveCount'), f64(popcnt(lanes & positive)));
  add(sums + offsetof<ClassPair>('negativeCount'), f64(popcnt(lanes & ~positive)));
  if (!(lanes & largest)) return;
  add(sums + offsetof<ClassPair>('positivePredicted'), f64(popcnt(lanes & largest & positive)));
  add(sums + offsetof<ClassPair>('negativePredicted'), f64(popcnt(lanes & largest & ~positive)));
}

@inline
function storeLane(to: usize, values: v128, lane: i32): void {
  if (lane) v128.store64_lane(to, values, 1);
  else v128.store64_lane(to, values, 0);
}

/** A mask of the lower two int32 lanes, for float64. */
@inline
function maskOf(lanes: v128): v128 {
  return i64x2.extend_low_i32x4_s(lanes);
}
