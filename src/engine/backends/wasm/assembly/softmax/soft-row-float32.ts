import { KernelParams } from '../kernel-params';
import { DENSE, INDICES, labelShares, SMOOTHED } from './soft-labels';
import { lossOf, slopeOf } from './soft-row-factors';
import { SoftRow, splatOf } from './soft-row';
import { labelUnit } from './soft-range';
import { alphasOf, CROSS_ENTROPY, LOSS, polysOf, ROW_SUMS_OF_FOUR, rowSums, slopeUnit } from './soft-sums';
import { promotedSum } from './soft-terms';
import { sizeOfRow } from './softmax-remaining-classes';

/** Rounds of two vectors whose s are added in float32, in bytes. */
const RUN: usize = 2 * 32;

/** Adds the losses and cross-entropies of the classes of a row in float32, and writes their s. */
export function addTerms(params: KernelParams, row: SoftRow): void {
  const isTwo = params.smallGamma == 2;
  if (params.polyEpsilon != 0) {
    addWithPoly(params, row);
    return;
  }
  if (!params.dense) isTwo ? addIndexed(params, row) : addIndexedOfGamma(params, row, params.smallGamma);
  else if (params.addedLabel > 0) isTwo ? addSmoothed(params, row) : addSmoothedOfGamma(params, row, params.smallGamma);
  else isTwo ? addDense(params, row) : addDenseOfGamma(params, row, params.smallGamma);
}

// Functions of their own: the compiler would merge calls that differ in a constant. Most use γ = 2.

function addIndexed(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, INDICES, 2, false);
}

function addIndexedOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, INDICES, gamma, false);
}

function addDense(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, DENSE, 2, false);
}

function addDenseOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, DENSE, gamma, false);
}

function addSmoothed(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, SMOOTHED, 2, false);
}

function addSmoothedOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, SMOOTHED, gamma, false);
}

function addWithPoly(params: KernelParams, row: SoftRow): void {
  if (!params.dense) addAllTerms(params, row, INDICES, params.smallGamma, true);
  else if (params.addedLabel > 0) addAllTerms(params, row, SMOOTHED, params.smallGamma, true);
  else addAllTerms(params, row, DENSE, params.smallGamma, true);
}

/** `kind`, `hasPoly`, and mostly `gamma`, are constants where this is inlined. */
@inline
function addAllTerms(params: KernelParams, row: SoftRow, kind: i32, gamma: i32, hasPoly: bool): void {
  const one = params.constants.oneFloat32;
  const slopeGamma = f32x4.splat(params.detachedGradient ? 0 : f32(gamma));
  const kept = params.keptLabel / labelUnit(params);
  const keptHigh = f32x4.splat(f32(kept));
  const keptLow = f32x4.splat(f32(kept - f64(f32(kept))));
  const inverse = splatOf(row, offsetof<SoftRow>('inverseFloat32'));
  const maxLogit = splatOf(row, offsetof<SoftRow>('maxLogitFloat32'));
  const logTotal = splatOf(row, offsetof<SoftRow>('logTotalFloat32'));
  const weight = splatOf(row, offsetof<SoftRow>('weightFloat32'));
  const element = usize(row.element) << 2;
  const allSums = params.allSums != 0;
  const needsLoss = params.elementwise != 0 || !allSums;
  const whole = (usize(params.classes) << 2) & ~31;
  let at = row.exponentials;
  const rowEnd = at + sizeOfRow(params);
  const end = at + whole;
  const slopes = row.slopesAt - at;
  const alphas = alphasOf(params) - at;
  const polys = polysOf(params) - at;
  const polysLow = polys + sizeOfRow(params);
  const logits = params.predictions + element - at;
  const labels = params.labels + element - at;
  let sums = rowSums(params);
  const polyPower = f32x4.add(slopeGamma, one);
  let losses = f64x2.splat(0);
  let slopeSum = f64x2.splat(0);
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    let slopesA = f32x4.splat(0);
    let slopesB = slopesA;
    const endOfRun = min(at + RUN, end);
    do {
      const eA = v128.load(at);
      const eB = v128.load(at, 16);
      // Evaluated in float64, or past the last class: such a lane may hold anything.
      const isDoneA = f32x4.eq(eA, f32x4.splat(0));
      const isDoneB = f32x4.eq(eB, f32x4.splat(0));
      let yA = weight;
      let yB = weight;
      if (kind != INDICES) {
        yA = labelShares(v128.load(at + labels), weight, keptHigh, keptLow, one, kind);
        yB = labelShares(v128.load(at + labels, 16), weight, keptHigh, keptLow, one, kind);
      }
      yA = v128.andnot(yA, isDoneA);
      yB = v128.andnot(yB, isDoneB);
      const logPA = f32x4.sub(f32x4.sub(v128.load(at + logits), maxLogit), logTotal);
      const logPB = f32x4.sub(f32x4.sub(v128.load(at + logits, 16), maxLogit), logTotal);
      const pA = f32x4.mul(eA, inverse);
      const pB = f32x4.mul(eB, inverse);
      const alphaA = v128.load(at + alphas);
      const alphaB = v128.load(at + alphas, 16);
      const polyHighA = hasPoly ? v128.load(at + polys) : one;
      const polyLowA = hasPoly ? v128.load(at + polysLow) : one;
      const ofSlopeA = slopeOf(pA, logPA, polyHighA, polyLowA, one, slopeGamma, polyPower, gamma, hasPoly);
      const slopeA = f32x4.mul(f32x4.mul(yA, alphaA), ofSlopeA);
      const polyHighB = hasPoly ? v128.load(at + polys, 16) : one;
      const polyLowB = hasPoly ? v128.load(at + polysLow, 16) : one;
      const ofSlopeB = slopeOf(pB, logPB, polyHighB, polyLowB, one, slopeGamma, polyPower, gamma, hasPoly);
      const slopeB = f32x4.mul(f32x4.mul(yB, alphaB), ofSlopeB);
      v128.store(at + slopes, slopeA);
      v128.store(at + slopes, slopeB, 16);
      slopesA = f32x4.add(slopesA, slopeA);
      slopesB = f32x4.add(slopesB, slopeB);
      // Negative, like the loss.
      const crossEntropyA = f32x4.mul(yA, logPA);
      const crossEntropyB = f32x4.mul(yB, logPB);
      const lossA = lossOf(crossEntropyA, yA, pA, polyHighA, polyLowA, one, gamma, hasPoly);
      const lossB = lossOf(crossEntropyB, yB, pB, polyHighB, polyLowB, one, gamma, hasPoly);
      if (needsLoss) losses = f64x2.sub(losses, f64x2.add(promotedSum(f32x4.mul(lossA, alphaA)), promotedSum(f32x4.mul(lossB, alphaB))));
      if (allSums) {
        v128.store(sums, f32x4.sub(v128.load(sums, LOSS), lossA), LOSS);
        v128.store(sums, f32x4.sub(v128.load(sums, CROSS_ENTROPY), crossEntropyA), CROSS_ENTROPY);
        v128.store(sums, f32x4.sub(v128.load(sums, ROW_SUMS_OF_FOUR + LOSS), lossB), ROW_SUMS_OF_FOUR + LOSS);
        v128.store(sums, f32x4.sub(v128.load(sums, ROW_SUMS_OF_FOUR + CROSS_ENTROPY), crossEntropyB), ROW_SUMS_OF_FOUR + CROSS_ENTROPY);
      }
      at += 32;
      sums += 2 * ROW_SUMS_OF_FOUR;
    } while (at < endOfRun);
    slopeSum = f64x2.add(slopeSum, f64x2.add(promotedSum(slopesA), promotedSum(slopesB)));
  } while (at < end);
  for (; at < rowEnd; at += 16, sums += ROW_SUMS_OF_FOUR) {
    const e = v128.load(at);
    const isDone = f32x4.eq(e, f32x4.splat(0));
    let y = weight;
    if (kind != INDICES) y = labelShares(v128.load(at + labels), weight, keptHigh, keptLow, one, kind);
    y = v128.andnot(y, isDone);
    const x = v128.andnot(v128.load(at + logits), isDone);
    const logP = f32x4.sub(f32x4.sub(x, maxLogit), logTotal);
    const p = f32x4.mul(e, inverse);
    const alpha = v128.load(at + alphas);
    const polyHigh = hasPoly ? v128.load(at + polys) : one;
    const polyLow = hasPoly ? v128.load(at + polysLow) : one;
    const ofSlope = slopeOf(p, logP, polyHigh, polyLow, one, slopeGamma, polyPower, gamma, hasPoly);
    const slope = f32x4.mul(f32x4.mul(y, alpha), ofSlope);
    v128.store(at + slopes, slope);
    slopeSum = f64x2.add(slopeSum, promotedSum(slope));
    const crossEntropy = f32x4.mul(y, logP);
    const loss = lossOf(crossEntropy, y, p, polyHigh, polyLow, one, gamma, hasPoly);
    if (needsLoss) losses = f64x2.sub(losses, promotedSum(f32x4.mul(loss, alpha)));
    if (allSums) {
      v128.store(sums, f32x4.sub(v128.load(sums, LOSS), loss), LOSS);
      v128.store(sums, f32x4.sub(v128.load(sums, CROSS_ENTROPY), crossEntropy), CROSS_ENTROPY);
    }
  }
  row.loss += (f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1)) * slopeUnit(params);
  row.slopes += f64x2.extract_lane(slopeSum, 0) + f64x2.extract_lane(slopeSum, 1);
}
