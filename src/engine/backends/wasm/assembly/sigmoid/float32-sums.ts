import { HARD } from './label-factors';
import { KernelParams } from '../kernel-params';
import { highHalf } from '../math/float32-lanes';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { CROSS_ENTROPY, GRADIENT_L1, LOSS, PT, QUAD_SIZE, ROWS } from './quads';

/**
 * Adds evaluated rows to the sums. Up to 16 elements of a lane are added in float32, and these sums in float64.
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
    for (; quad < end; quad += quadStep, from += step) {
      const signed = v128.load(quad, CROSS_ENTROPY);
      const pt = v128.load(quad, PT);
      const active = f32x4.ne(pt, ZERO);
      const loss = v128.load(quad, LOSS);
      const slope = v128.load(quad, GRADIENT_L1);
      // The count, and 2^16 − 1 for each that is predicted as positive.
      const counted = i32x4.sub(i32x4.shr_u(f32x4.ge(v128.load(from), ZERO), 16), active);
      if (allNegative) {
        negativeCounts = i32x4.add(negativeCounts, v128.and(counted, active));
        negativePts = f32x4.add(negativePts, pt);
        negativeCrossEntropies = f32x4.add(negativeCrossEntropies, signed);
        negativeLosses = f32x4.add(negativeLosses, loss);
        negativeSlopes = f32x4.add(negativeSlopes, slope);
        continue;
      }
      const positive = i32x4.shr_s(signed, 31);
      const countedActive = v128.and(counted, active);
      positiveCounts = i32x4.add(positiveCounts, v128.and(countedActive, positive));
      negativeCounts = i32x4.add(negativeCounts, v128.andnot(countedActive, positive));
      positivePts = f32x4.add(positivePts, v128.and(pt, positive));
      negativePts = f32x4.add(negativePts, v128.andnot(pt, positive));
      positiveCrossEntropies = f32x4.sub(positiveCrossEntropies, v128.and(signed, positive));
      negativeCrossEntropies = f32x4.add(negativeCrossEntropies, v128.andnot(signed, positive));
      positiveLosses = f32x4.add(positiveLosses, v128.and(loss, positive));
      negativeLosses = f32x4.add(negativeLosses, v128.andnot(loss, positive));
      positiveSlopes = f32x4.add(positiveSlopes, v128.and(slope, positive));
      negativeSlopes = f32x4.add(negativeSlopes, v128.andnot(slope, positive));
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

/**
 * Adds the positive elements of evaluated rows with class indices to the sums, and clears what `addNegativeRows` would add. An
 * element that contributes nothing has p_t = 0.
 *
 * @param c the first class of the rows
 * @param count number of classes
 */
export function addPositives(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  rowSize: usize,
  c: u32,
  count: u32,
  form: u32,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    const index = load<u32>(params.labels + (usize(sample + row) << 2)) - c;
    if (index >= count) continue; // Of another tile, or none.
    const at = params.rows + usize(row) * rowSize + usize(index >> 2) * QUAD_SIZE + (usize(index & 3) << 2);
    if (load<f32>(at, PT) == 0) continue;
    const pair = changetype<usize>(pairAt(params, (c + index) >> 1)) + (usize(index & 1) << 3);
    const factor = form == HARD ? load<f64>(pair, offsetof<ClassPair>('positiveAlpha')) : 1;
    const isPredicted = load<f32>(params.predictions + (usize(element + row * params.classes + index) << 2)) >= 0;
    addTo(pair + offsetof<ClassPair>('positiveLoss'), factor * load<f32>(at, LOSS));
    addTo(pair + offsetof<ClassPair>('positiveGradientL1'), factor * load<f32>(at, GRADIENT_L1));
    addTo(pair + offsetof<ClassPair>('positiveCrossEntropy'), -load<f32>(at, CROSS_ENTROPY)); // Its sign is the label's.
    addTo(pair + offsetof<ClassPair>('positivePt'), load<f32>(at, PT));
    addTo(pair + offsetof<ClassPair>('positiveCount'), 1);
    addTo(pair + offsetof<ClassPair>('positivePredicted'), isPredicted ? 1 : 0);
    store<f32>(at, 0, LOSS);
    store<f32>(at, 0, GRADIENT_L1);
    store<f32>(at, 0, CROSS_ENTROPY);
    store<f32>(at, 0, PT);
  }
}

@inline
function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** Adds four sums to those of two pairs, or of the same pair if `step` is 0. */
@inline
function addSums(at: usize, step: usize, sums: v128, lowFactor: v128, highFactor: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.mul(f64x2.promote_low_f32x4(sums), lowFactor)));
  const high = f64x2.promote_low_f32x4(highHalf(sums));
  v128.store(at + step, f64x2.add(v128.load(at + step), f64x2.mul(high, highFactor)));
}

/** Adds counts less `counted`, and those predicted as positive. */
@inline
function addCounts(at: usize, step: usize, counts: v128, counted: u32): void {
  const predicted = i32x4.shr_u(counts, 16);
  const all = i32x4.sub(i32x4.add(v128.and(counts, i32x4.splat(0xffff)), predicted), i32x4.splat(counted));
  addIntegers(at, step, all);
  addIntegers(at + 16, step, predicted);
}

@inline
function addIntegers(at: usize, step: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.convert_low_i32x4_s(values)));
  const high = f64x2.convert_low_i32x4_s(highHalf(values));
  v128.store(at + step, f64x2.add(v128.load(at + step), high));
}
