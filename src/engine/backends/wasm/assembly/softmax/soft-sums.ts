import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { ClassPair, pairAt } from '../sums';
import { areUnitsInRange, labelUnit } from './soft-range';
import { lowPart, polyRatio } from './soft-poly';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';

// The sums of the classes that soft-rows.ts evaluates in float32, all of them negative: of four classes at a time, losses
// without α. A few rows are added in float32, and these sums in float64. They follow the four rows of exponentials, four
// rows of s, α as float32, `slopeUnit` and `minLabel`, and κ of soft-poly.ts in two parts.

// Offsets in the float32 sums, float32 [4] each; those in the float64 sums, float64 [4] each, are twice as large.
export const P: usize = 0;
export const GRADIENT: usize = 16;
export const LOSS: usize = 32;
export const CROSS_ENTROPY: usize = 48;
export const ROW_SUMS_OF_FOUR: usize = 64;
// In float64 alone.
export const SQUARES: usize = 128;
export const SIZE_OF_FOUR: usize = 160;
/** Where the total loss is if it is the only sum. */
export const TOTAL_LOSS: usize = 2 * LOSS;

/** Rows whose sums are added in float32. */
const MAX_SUMMED_ROWS: u32 = 8;

const MAX_ROWS: u32 = 4;
/** Of more classes, the exponentials and s of several rows would not stay in the L1 cache. */
const MAX_CLASSES: u32 = 2048;

/**
 * The samples that are evaluated together, so that the processor overlaps them. With `difficulty`, one may have to be evaluated in
 * float64 when its exponentials are known, which needs the scratch memory.
 */
@inline
export function rowsOfBlock(params: KernelParams): u32 {
  return params.bins || params.classes > MAX_CLASSES ? 1 : MAX_ROWS;
}

@inline
export function alphasOf(params: KernelParams): usize {
  return exponentials(params) + 8 * sizeOfRow(params);
}

@inline
export function rowSums(params: KernelParams): usize {
  return softSums(params) + (sizeOfRow(params) >> 4) * SIZE_OF_FOUR;
}

/** A list for each of four rows, with 32 bytes per class. */
@inline
export function singlesOf(params: KernelParams): usize {
  return rowSums(params) + (sizeOfRow(params) >> 4) * ROW_SUMS_OF_FOUR;
}

/** Scratch memory for transposed tensors. */
@inline
export function transposed(params: KernelParams): usize {
  return singlesOf(params) + 4 * 8 * sizeOfRow(params);
}

/** What s and gradients are divided by: `labelUnit` times the largest α. */
@inline
export function slopeUnit(params: KernelParams): f64 {
  return load<f64>(alphasOf(params) + sizeOfRow(params));
}

/** Smaller labels are evaluated in float64: products with them may be subnormal. */
@inline
export function minLabel(params: KernelParams): f32 {
  return load<f32>(alphasOf(params) + sizeOfRow(params), MIN_LABEL);
}

@inline
export function softSums(params: KernelParams): usize {
  return polysOf(params) + 2 * sizeOfRow(params);
}

/** float32 [2, classes]: what κ is as float32, and what that lacks. */
@inline
export function polysOf(params: KernelParams): usize {
  return alphasOf(params) + sizeOfRow(params) + UNIT_SIZE;
}

const UNIT_SIZE: usize = 16;
const MIN_LABEL: usize = 8;
const SUMMED_ROWS: usize = 12;

/**
 * Clears the sums, and divides every α by the largest.
 *
 * @returns whether products with them are normal float32s; otherwise soft-rows.ts does not serve
 */
export function startSoftSums(params: KernelParams): bool {
  let largest: f64 = 0;
  for (let c: u32 = 0; c < params.classes; c++) largest = max(largest, alphaOf(params, c));
  const unit = labelUnit(params) * largest;
  store<f64>(alphasOf(params) + sizeOfRow(params), unit);
  if (!areUnitsInRange(params, unit)) return false;
  memory.fill(softSums(params), 0, singlesOf(params) - softSums(params));
  memory.fill(alphasOf(params), 0, sizeOfRow(params));
  memory.fill(polysOf(params), 0, 2 * sizeOfRow(params));
  let smallest: f64 = 1;
  for (let c: u32 = 0; c < params.classes; c++) {
    const ratio = alphaOf(params, c) / largest;
    if (ratio != 0 && ratio < MIN_RATIO) return false;
    if (ratio != 0) smallest = min(smallest, ratio);
    store<f32>(alphasOf(params) + (usize(c) << 2), f32(ratio));
    if (params.polyEpsilon != 0) storePoly(params, c);
  }
  const factor = params.sampleWeights ? smallest / MAX_WEIGHT : smallest;
  store<f32>(alphasOf(params) + sizeOfRow(params), params.addedLabel > 0 ? 0 : f32(MIN_PRODUCT / factor), MIN_LABEL);
  store<u32>(alphasOf(params) + sizeOfRow(params), 0, SUMMED_ROWS);
  return true;
}

function storePoly(params: KernelParams, c: u32): void {
  const at = polysOf(params) + (usize(c) << 2);
  const ratio = polyRatio(params, c);
  store<f32>(at, f32(ratio));
  store<f32>(at + sizeOfRow(params), lowPart(ratio));
}

@inline
function alphaOf(params: KernelParams, c: u32): f64 {
  const pair = changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
  return load<f64>(pair, offsetof<ClassPair>('positiveAlpha'));
}

/** Weights beyond this, or below its inverse, are left to float64. */
export const MAX_WEIGHT: f64 = 1e9;
/** Of a label, a weight and α. */
const MIN_PRODUCT: f64 = 1e-31;
const MIN_RATIO: f64 = 1e-10;

/** Counts rows that were added to the float32 sums, and adds these to the float64 ones before a block would be too many. */
export function countSummedRows(params: KernelParams, count: u32): void {
  const at = alphasOf(params) + sizeOfRow(params) + SUMMED_ROWS;
  const rows = load<u32>(at) + count;
  const isFull = rows + rowsOfBlock(params) > MAX_SUMMED_ROWS;
  store<u32>(at, isFull ? 0 : rows);
  if (isFull) foldRowSums(params);
}

function foldRowSums(params: KernelParams): void {
  let at = rowSums(params);
  let sums = softSums(params);
  for (const end = singlesOf(params); at < end; sums += SIZE_OF_FOUR) {
    for (let sum = sums, next = sums + SQUARES; sum < next; sum += 32, at += 16) {
      const values = v128.load(at);
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(values)));
      v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(highHalf(values))), 16);
      v128.store(at, f32x4.splat(0));
    }
  }
}

/** Adds the sums of so many samples to those of the classes. */
export function flushSoftSums(params: KernelParams, samples: u32): void {
  if (!params.allSums) {
    const pair = pairAt(params, 0);
    const loss = v128.load64_zero(softSums(params), TOTAL_LOSS);
    pair.negativeLoss = f64x2.add(pair.negativeLoss, loss);
    return;
  }
  foldRowSums(params);
  const counts = f64x2.splat(samples);
  const unit = f64x2.splat(slopeUnit(params));
  const label = f64x2.splat(labelUnit(params));
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const sums = softSums(params) + usize(c >> 2) * SIZE_OF_FOUR + (usize(c & 2) << 3);
    const pair = pairAt(params, c >> 1);
    pair.negativeCount = f64x2.add(pair.negativeCount, counts);
    pair.negativePt = f64x2.add(pair.negativePt, f64x2.sub(counts, v128.load(sums, P)));
    pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, f64x2.mul(v128.load(sums, 2 * GRADIENT), unit));
    const losses = f64x2.mul(v128.load(sums, 2 * LOSS), f64x2.mul(label, pair.positiveAlpha));
    pair.negativeLoss = f64x2.add(pair.negativeLoss, losses);
    pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, f64x2.mul(v128.load(sums, 2 * CROSS_ENTROPY), label));
    const squares = f64x2.mul(f64x2.mul(v128.load(sums, SQUARES), unit), unit);
    pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, squares);
  }
}

/** Counts a class of one sample as p = 1 and not as negative: what it adds is added elsewhere. */
@inline
export function maskSingle(params: KernelParams, c: u32): void {
  const at = softSums(params) + usize(c >> 2) * SIZE_OF_FOUR + (usize(c & 3) << 3) + P;
  store<f64>(at, load<f64>(at) + 1);
  const pair = changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
  store<f64>(pair + offsetof<ClassPair>('negativeCount'), load<f64>(pair, offsetof<ClassPair>('negativeCount')) - 1);
}
