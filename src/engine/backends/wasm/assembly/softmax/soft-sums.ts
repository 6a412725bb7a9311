import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { ClassPair, pairAt } from '../sums';
import { areUnitsInRange } from './soft-range';
import { addSumsToBin } from './soft-row-bins';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';

// The sums of the classes that `evaluateSoftRow` evaluates in float32, all of them negative: of four classes at a time, losses
// without α. A few rows are added in float32, and these sums in float64. They follow the four rows of exponentials, α as
// float32 and `slopeUnit`.

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
const MAX_ROWS: u32 = 8;

@inline
export function alphasOf(params: KernelParams): usize {
  return exponentials(params) + 4 * sizeOfRow(params);
}

@inline
export function rowSums(params: KernelParams): usize {
  return softSums(params) + (sizeOfRow(params) >> 4) * SIZE_OF_FOUR;
}

/** A list with 32 bytes per class. */
@inline
export function singlesOf(params: KernelParams): usize {
  return rowSums(params) + (sizeOfRow(params) >> 4) * ROW_SUMS_OF_FOUR;
}

/** Scratch memory for transposed tensors. */
@inline
export function transposed(params: KernelParams): usize {
  return singlesOf(params) + 2 * 4 * sizeOfRow(params);
}

/** What labels are divided by in float32, so that the most frequent one, that of a smoothed 0, has no rounding error. */
@inline
export function labelUnit(params: KernelParams): f64 {
  return params.addedLabel > 0 ? params.addedLabel : params.keptLabel;
}

/** What s and gradients are divided by: `labelUnit` times the largest α. */
@inline
export function slopeUnit(params: KernelParams): f64 {
  return load<f64>(alphasOf(params) + sizeOfRow(params));
}

@inline
export function softSums(params: KernelParams): usize {
  return alphasOf(params) + sizeOfRow(params) + UNIT_SIZE;
}

const UNIT_SIZE: usize = 16;

/**
 * Clears the sums, and divides every α by the largest.
 *
 * @returns whether products with them are normal float32s; otherwise `evaluateSoftRow` does not serve
 */
export function startSoftSums(params: KernelParams): bool {
  let largest: f64 = 0;
  for (let c: u32 = 0; c < params.classes; c++) largest = max(largest, alphaOf(params, c));
  const unit = labelUnit(params) * largest;
  store<f64>(alphasOf(params) + sizeOfRow(params), unit);
  if (!areUnitsInRange(params, unit)) return false;
  memory.fill(softSums(params), 0, singlesOf(params) - softSums(params));
  memory.fill(alphasOf(params), 0, sizeOfRow(params));
  for (let c: u32 = 0; c < params.classes; c++) {
    const ratio = alphaOf(params, c) / largest;
    if (ratio != 0 && ratio < MIN_RATIO) return false;
    store<f32>(alphasOf(params) + (usize(c) << 2), f32(ratio));
  }
  return true;
}

@inline
function alphaOf(params: KernelParams, c: u32): f64 {
  const pair = changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
  return load<f64>(pair, offsetof<ClassPair>('positiveAlpha'));
}

const MIN_RATIO: f64 = 1e-10;

/** Adds the float32 sums to the float64 ones after some of the rows. */
@inline
export function addRowSums(params: KernelParams, rows: u32): void {
  if (rows % MAX_ROWS == 0 && params.allSums) foldRowSums(params);
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
  if (params.bins) addSumsToBin(params);
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
