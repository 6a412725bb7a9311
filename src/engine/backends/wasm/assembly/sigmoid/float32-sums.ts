import { addCounts, countsOf } from './counts';
import { HARD } from './label-factors';
import { KernelParams } from '../kernel-params';
import { highHalf } from '../math/float32-lanes';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, GRADIENT_L1, LOSS, PT, QUAD_SIZE, ROWS } from './quads';

/**
 * Adds evaluated rows to the sums. Up to 16 elements of a lane are added in float32, two at a time, so that fewer additions
 * round sums of many, and these sums in float64.
 *
 * @param at address of the first row's predictions
 * @param rows number of samples, which are `params.classes` elements apart; 1 if lanes are samples
 * @param rowSize the distance of rows
 * @param firstPair index of the first two classes' `ClassPair`; of the only class's if lanes are samples
 * @param quads number of quads of a row
 */
export function addRows(
  params: KernelParams,
  at: usize,
  rows: u32,
  rowSize: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
): void {
  add(params, at, rows, rowSize, firstPair, quads, form, false);
}

/** Likewise, of rows that have no positive element, or none that `addPositives` has not added. */
export function addNegativeRows(
  params: KernelParams,
  at: usize,
  rows: u32,
  rowSize: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
): void {
  add(params, at, rows, rowSize, firstPair, quads, form, true);
}

/** `allNegative` is a constant wherever this is inlined. */
@inline
function add(
  params: KernelParams,
  at: usize,
  rows: u32,
  rowSize: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
  allNegative: bool,
): void {
  const one = params.constants.one;
  const ZERO = f32x4.splat(0);
  const lanesAreSamples = params.lanesAreSamples != 0;
  const quadStep = lanesAreSamples ? QUAD_SIZE : rowSize;
  const step: usize = lanesAreSamples ? 16 : usize(params.classes) << 2;
  const sets = lanesAreSamples ? (quads + ROWS - 1) / ROWS : quads;
  const quadsOfSet: u32 = lanesAreSamples ? ROWS : 1;
  const pairsOfSet: usize = lanesAreSamples ? 0 : 2 * PAIR_SIZE;
  const nextPair: usize = lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  for (let i: u32 = 0; i < sets; i++, address += pairsOfSet) {
    const first = changetype<ClassPair>(address);
    const second = changetype<ClassPair>(address + nextPair);
    const steps = lanesAreSamples ? min(ROWS, quads - i * ROWS) : rows;
    let quad = params.rows + usize(i * quadsOfSet) * QUAD_SIZE;
    const end = quad + usize(steps) * quadStep;
    let from = at + (usize(i * quadsOfSet) << 4);
    let positiveLosses = ZERO;
    let negativeLosses = ZERO;
    let positiveCrossEntropies = ZERO;
    let negativeCrossEntropies = ZERO;
    let positiveSlopes = ZERO;
    let negativeSlopes = ZERO;
    let positivePts = ZERO;
    let negativePts = ZERO;
    let positiveCounts = ZERO;
    let negativeCounts = ZERO;
    // The first of an odd number has no other.
    if (steps & 1) {
      const signed = v128.load(quad, CROSS_ENTROPY);
      const pt = v128.load(quad, PT);
      const loss = v128.load(quad, LOSS);
      const slope = v128.load(quad, GRADIENT_L1);
      const x = v128.load(from);
      const counts = countsOf(pt, x, ZERO, x);
      const positive = allNegative ? ZERO : i32x4.shr_s(signed, 31);
      const positives = i16x8.narrow_i32x4_s(positive, ZERO);
      positiveCounts = v128.and(counts, positives);
      negativeCounts = v128.andnot(counts, positives);
      positivePts = v128.and(pt, positive);
      negativePts = v128.andnot(pt, positive);
      positiveCrossEntropies = f32x4.neg(v128.and(signed, positive));
      negativeCrossEntropies = v128.andnot(signed, positive);
      positiveLosses = v128.and(loss, positive);
      negativeLosses = v128.andnot(loss, positive);
      positiveSlopes = v128.and(slope, positive);
      negativeSlopes = v128.andnot(slope, positive);
      quad += quadStep;
      from += step;
    }
    // V8 moves what does not change out of a loop only if the loop's condition is at its end.
    if (quad < end) {
      do {
        const other = quad + quadStep;
        const signed = v128.load(quad, CROSS_ENTROPY);
        const otherSigned = v128.load(other, CROSS_ENTROPY);
        const pt = v128.load(quad, PT);
        const otherPt = v128.load(other, PT);
        const counts = countsOf(pt, v128.load(from), otherPt, v128.load(from + step));
        if (allNegative) {
          negativeCounts = i16x8.add(negativeCounts, counts);
          negativePts = f32x4.add(negativePts, f32x4.add(pt, otherPt));
          negativeCrossEntropies = f32x4.add(negativeCrossEntropies, f32x4.add(signed, otherSigned));
          const loss = f32x4.add(v128.load(quad, LOSS), v128.load(other, LOSS));
          negativeLosses = f32x4.add(negativeLosses, loss);
          const slope = f32x4.add(v128.load(quad, GRADIENT_L1), v128.load(other, GRADIENT_L1));
          negativeSlopes = f32x4.add(negativeSlopes, slope);
        } else {
          const positive = i32x4.shr_s(signed, 31);
          const otherPositive = i32x4.shr_s(otherSigned, 31);
          const positives = i16x8.narrow_i32x4_s(positive, otherPositive);
          positiveCounts = i16x8.add(positiveCounts, v128.and(counts, positives));
          negativeCounts = i16x8.add(negativeCounts, v128.andnot(counts, positives));
          positivePts = f32x4.add(positivePts, sumOfPositives(pt, positive, otherPt, otherPositive));
          negativePts = f32x4.add(negativePts, sumOfNegatives(pt, positive, otherPt, otherPositive));
          const positiveSigned = sumOfPositives(signed, positive, otherSigned, otherPositive);
          const negativeSigned = sumOfNegatives(signed, positive, otherSigned, otherPositive);
          positiveCrossEntropies = f32x4.sub(positiveCrossEntropies, positiveSigned);
          negativeCrossEntropies = f32x4.add(negativeCrossEntropies, negativeSigned);
          const loss = v128.load(quad, LOSS);
          const otherLoss = v128.load(other, LOSS);
          positiveLosses = f32x4.add(positiveLosses, sumOfPositives(loss, positive, otherLoss, otherPositive));
          negativeLosses = f32x4.add(negativeLosses, sumOfNegatives(loss, positive, otherLoss, otherPositive));
          const slope = v128.load(quad, GRADIENT_L1);
          const otherSlope = v128.load(other, GRADIENT_L1);
          positiveSlopes = f32x4.add(positiveSlopes, sumOfPositives(slope, positive, otherSlope, otherPositive));
          negativeSlopes = f32x4.add(negativeSlopes, sumOfNegatives(slope, positive, otherSlope, otherPositive));
        }
        quad += 2 * quadStep;
        from += 2 * step;
      } while (quad < end);
    }
    const hard = form == HARD;
    let sums = address + offsetof<ClassPair>('negativeLoss');
    let lowAlpha = hard ? first.negativeAlpha : one;
    let highAlpha = hard ? second.negativeAlpha : one;
    addSums(sums, nextPair, negativeLosses, lowAlpha, highAlpha);
    addSums(sums + 16, nextPair, negativeCrossEntropies, one, one);
    addSums(sums + 32, nextPair, negativeSlopes, lowAlpha, highAlpha);
    addSums(sums + 48, nextPair, negativePts, one, one);
    // `countNegatives` counts all elements as negative.
    addCounts(sums + 64, nextPair, negativeCounts, steps);
    if (allNegative) continue;
    sums = address + offsetof<ClassPair>('positiveLoss');
    lowAlpha = hard ? first.positiveAlpha : one;
    highAlpha = hard ? second.positiveAlpha : one;
    addSums(sums, nextPair, positiveLosses, lowAlpha, highAlpha);
    addSums(sums + 16, nextPair, positiveCrossEntropies, one, one);
    addSums(sums + 32, nextPair, positiveSlopes, lowAlpha, highAlpha);
    addSums(sums + 48, nextPair, positivePts, one, one);
    addCounts(sums + 64, nextPair, positiveCounts, 0);
  }
}

@inline
function sumOfPositives(a: v128, positive: v128, b: v128, otherPositive: v128): v128 {
  return f32x4.add(v128.and(a, positive), v128.and(b, otherPositive));
}

@inline
function sumOfNegatives(a: v128, positive: v128, b: v128, otherPositive: v128): v128 {
  return f32x4.add(v128.andnot(a, positive), v128.andnot(b, otherPositive));
}

/** Adds four sums to those of two pairs, or of the same pair if `step` is 0. */
@inline
function addSums(at: usize, step: usize, sums: v128, lowFactor: v128, highFactor: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.mul(f64x2.promote_low_f32x4(sums), lowFactor)));
  const high = f64x2.promote_low_f32x4(highHalf(sums));
  v128.store(at + step, f64x2.add(v128.load(at + step), f64x2.mul(high, highFactor)));
}
