import { KernelParams } from '../kernel-params';
import { subtractProduct } from '../math/multiply-add';
import { DENSE, INDICES, labelShares, SMOOTHED } from './soft-labels';
import { SoftRow, splatOf } from './soft-row';
import { labelUnit } from './soft-range';
import { alphasOf, CROSS_ENTROPY, LOSS, ROW_SUMS_OF_FOUR, rowSums, slopeUnit } from './soft-sums';
import { promotedSum } from './soft-terms';
import { sizeOfRow } from './softmax-remaining-classes';

/** Rounds of two vectors whose s are added in float32, in bytes. */
const RUN: usize = 2 * 32;

/** Adds the losses and cross-entropies of the classes of a row in float32, and writes their s. */
export function addTerms(params: KernelParams, row: SoftRow): void {
  const isTwo = params.smallGamma == 2;
  if (!params.dense) isTwo ? addIndexed(params, row) : addIndexedOfGamma(params, row, params.smallGamma);
  else if (params.addedLabel > 0) isTwo ? addSmoothed(params, row) : addSmoothedOfGamma(params, row, params.smallGamma);
  else isTwo ? addDense(params, row) : addDenseOfGamma(params, row, params.smallGamma);
}

// Functions of their own: the compiler would merge calls that differ in a constant. Most use γ = 2.

function addIndexed(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, INDICES, 2);
}

function addIndexedOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, INDICES, gamma);
}

function addDense(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, DENSE, 2);
}

function addDenseOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, DENSE, gamma);
}

function addSmoothed(params: KernelParams, row: SoftRow): void {
  addAllTerms(params, row, SMOOTHED, 2);
}

function addSmoothedOfGamma(params: KernelParams, row: SoftRow, gamma: i32): void {
  addAllTerms(params, row, SMOOTHED, gamma);
}

/** `kind`, and mostly `gamma`, are constants where this is inlined. */
@inline
function addAllTerms(params: KernelParams, row: SoftRow, kind: i32, gamma: i32): void {
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
  const logits = params.predictions + element - at;
  const labels = params.labels + element - at;
  let sums = rowSums(params);
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
      const slopeA = f32x4.mul(f32x4.mul(yA, alphaA), slopeOf(pA, logPA, one, slopeGamma, gamma));
      const slopeB = f32x4.mul(f32x4.mul(yB, alphaB), slopeOf(pB, logPB, one, slopeGamma, gamma));
      v128.store(at + slopes, slopeA);
      v128.store(at + slopes, slopeB, 16);
      slopesA = f32x4.add(slopesA, slopeA);
      slopesB = f32x4.add(slopesB, slopeB);
      // Negative, like the loss.
      const crossEntropyA = f32x4.mul(yA, logPA);
      const crossEntropyB = f32x4.mul(yB, logPB);
      const lossA = lossOf(crossEntropyA, pA, one, gamma);
      const lossB = lossOf(crossEntropyB, pB, one, gamma);
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
    const slope = f32x4.mul(f32x4.mul(y, alpha), slopeOf(p, logP, one, slopeGamma, gamma));
    v128.store(at + slopes, slope);
    slopeSum = f64x2.add(slopeSum, promotedSum(slope));
    const crossEntropy = f32x4.mul(y, logP);
    const loss = lossOf(crossEntropy, p, one, gamma);
    if (needsLoss) losses = f64x2.sub(losses, promotedSum(f32x4.mul(loss, alpha)));
    if (allSums) {
      v128.store(sums, f32x4.sub(v128.load(sums, LOSS), loss), LOSS);
      v128.store(sums, f32x4.sub(v128.load(sums, CROSS_ENTROPY), crossEntropy), CROSS_ENTROPY);
    }
  }
  row.loss += (f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1)) * slopeUnit(params);
  row.slopes += f64x2.extract_lane(slopeSum, 0) + f64x2.extract_lane(slopeSum, 1);
}

/** q^{γ−1} (q − γ p log p) @param slopeGamma γ, or 0 if the factor is detached: q^γ then */
@inline
function slopeOf(p: v128, logP: v128, one: v128, slopeGamma: v128, gamma: i32): v128 {
  if (gamma == 0) return one;
  const q = f32x4.sub(one, p);
  const factor = subtractProduct<f32>(q, f32x4.mul(slopeGamma, p), logP);
  if (gamma == 1) return factor;
  return f32x4.mul(factor, gamma == 2 ? q : f32x4.mul(q, q));
}

/** Times q^γ. */
@inline
function lossOf(crossEntropy: v128, p: v128, one: v128, gamma: i32): v128 {
  if (gamma == 0) return crossEntropy;
  const q = f32x4.sub(one, p);
  const loss = f32x4.mul(crossEntropy, q);
  if (gamma == 1) return loss;
  return f32x4.mul(loss, gamma == 2 ? q : f32x4.mul(q, q));
}
