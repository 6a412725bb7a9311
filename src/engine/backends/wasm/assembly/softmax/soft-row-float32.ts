import { addToBin, LAST_NEGATIVE } from '../bins';
import { highHalf } from '../math/float32-lanes';
import { evaluateGeneralRow } from './general-row';
import { KernelParams } from '../kernel-params';
import { subtractProduct } from '../math/multiply-add';
import { loadRow, SoftRow, splatOf } from './soft-row';
import { isRowNearEdge } from './soft-row-bins';
import { addGradients } from './soft-row-gradients';
import { addSingle, finishSingles } from './soft-single';
import { alphasOf, CROSS_ENTROPY, labelUnit, LOSS, ROW_SUMS_OF_FOUR, rowSums, slopeUnit, TOTAL_LOSS, softSums } from './soft-sums';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';

/** As labels that are smaller: products with them may be subnormal. */
const MIN_LABEL: f32 = 1e-12;
const MAX_WEIGHT: f64 = 1e9;

/**
 * Evaluates a sample whose classes are contiguous, with labels y in [0, 1] and one γ of 0, 1, 2 or 3, as `evaluateGeneralRow`
 * does, with s of the opposite sign. The gradient is p_j Σ_{c≠j} s_c − s_j q_j.
 *
 * In float32 are the classes of which most samples have many: negative, and not very probable. The largest one and all others
 * are evaluated one by one; their exponentials are 0 then.
 *
 * @returns false if `evaluateGeneralRow` has evaluated the sample
 */
export function evaluateSoftRow(params: KernelParams, element: u32, sample: u32): bool {
  const row = changetype<SoftRow>(params.scratch);
  row.weight = params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1;
  const isInRange = row.weight == 0 || (row.weight > 1 / MAX_WEIGHT && row.weight < MAX_WEIGHT);
  if (!isInRange || !loadRow(params, row, element) || (params.bins && isRowNearEdge(params, row))) {
    evaluateGeneralRow(params, element, sample);
    return false;
  }
  row.weightFloat32 = f32(row.weight);
  row.singles = 0;
  row.loss = 0;
  row.slopes = 0;
  addSingle(params, row, element, sample, row.largestClass);
  if (!params.dense) {
    const label = load<u32>(params.labels + (usize(sample) << 2));
    if (label != row.largestClass) addSingle(params, row, element, sample, label);
  }
  if (params.dense) addTermsWithGamma(params, row, element, sample, true);
  else addTermsWithGamma(params, row, element, sample, false);
  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), f32(row.loss));
  if (!params.allSums) addTotalLoss(params, row.loss);
  if (params.gradients || params.allSums) {
    row.slopeSum = f32(row.slopes + row.largestSlope);
    addGradients(params, row, element);
    finishSingles(params, row, element);
  }
  if (params.bins) addToBin(params.bins, LAST_NEGATIVE, params.classes - row.singles, 0, 0);
  return true;
}

/** Without sums, only the total is of interest. */
@inline
function addTotalLoss(params: KernelParams, loss: f64): void {
  const sums = softSums(params) + TOTAL_LOSS;
  store<f64>(sums, load<f64>(sums) + loss);
}

@inline
function addTermsWithGamma(params: KernelParams, row: SoftRow, element: u32, sample: u32, dense: bool): void {
  if (params.smallGamma == 0) addTerms(params, row, element, sample, dense, 0);
  else if (params.smallGamma == 1) addTerms(params, row, element, sample, dense, 1);
  else if (params.smallGamma == 2) addTerms(params, row, element, sample, dense, 2);
  else addTerms(params, row, element, sample, dense, 3);
}

/**
 * Adds the losses and cross-entropies of the classes in float32, and writes their s.
 *
 * `dense` and `gamma` are constants wherever this is inlined.
 */
@inline
function addTerms(
  params: KernelParams,
  row: SoftRow,
  element: u32,
  sample: u32,
  dense: bool,
  gamma: i32,
): void {
  const classes = params.classes;
  const ONE = f32x4.splat(1);
  const ZERO = f32x4.splat(0);
  const inverse = splatOf(row, offsetof<SoftRow>('inverseFloat32'));
  const maxExp = splatOf(row, offsetof<SoftRow>('maxExp'));
  const maxLogit = splatOf(row, offsetof<SoftRow>('maxLogitFloat32'));
  const logTotal = splatOf(row, offsetof<SoftRow>('logTotalFloat32'));
  // A label is y · kept + added, divided by `labelUnit`. The factor has two parts, because its rounding error would be that of
  // every sum.
  const kept = params.keptLabel / labelUnit(params);
  const keptHigh = f32x4.splat(f32(kept));
  const keptLow = f32x4.splat(f32(kept - f64(f32(kept))));
  const added = f32x4.splat(params.addedLabel > 0 ? 1 : 0);
  const weight = splatOf(row, offsetof<SoftRow>('weightFloat32'));
  const gammas = f32x4.splat(f32(gamma));
  const exps = exponentials(params);
  const slopes = exps + 2 * sizeOfRow(params);
  const alphas = alphasOf(params);
  const predictions = params.predictions + (usize(element) << 2);
  const labels = params.labels + (usize(element) << 2);
  let sums = rowSums(params);
  const needsLoss = params.elementwise != 0 || !params.allSums;
  let losses = f64x2.splat(0);
  let slopeSum = f64x2.splat(0);
  const end = usize(classes) << 2;
  for (let i: usize = 0; i < end; i += 16, sums += ROW_SUMS_OF_FOUR) {
    let e = v128.load(exps + i);
    let y = added;
    let isSingle = f32x4.gt(e, maxExp);
    if (dense) {
      const label = v128.load(labels + i);
      isSingle = v128.or(isSingle, f32x4.ge(label, f32x4.splat(0.5)));
      isSingle = v128.or(isSingle, v128.and(f32x4.lt(label, f32x4.splat(MIN_LABEL)), f32x4.ne(label, ZERO)));
      y = f32x4.add(f32x4.mul(label, keptHigh), f32x4.add(f32x4.mul(label, keptLow), added));
    }
    const isDone = f32x4.eq(e, ZERO);
    if (dense) isSingle = v128.andnot(isSingle, isDone);
    if (v128.any_true(isSingle)) {
      let lanes = i32x4.bitmask(isSingle);
      for (; lanes; lanes &= lanes - 1) addSingle(params, row, element, sample, u32(i >> 2) + ctz(lanes));
      e = v128.load(exps + i);
      y = v128.andnot(y, isSingle);
    }
    y = f32x4.mul(v128.andnot(y, isDone), weight);
    // A lane past the end may hold anything.
    const logits = v128.andnot(v128.load(predictions + i), isDone);
    const p = f32x4.mul(e, inverse);
    const q = f32x4.sub(ONE, p);
    const logP = f32x4.sub(f32x4.sub(logits, maxLogit), logTotal);
    const crossEntropy = f32x4.neg(f32x4.mul(y, logP));
    const alpha = v128.load(alphas + i);
    let loss = crossEntropy;
    let slope = f32x4.mul(y, alpha);
    if (gamma > 0) {
      // s = k q^{γ−1} (q − γ p log p)
      slope = f32x4.mul(slope, subtractProduct<f32>(q, gammas, f32x4.mul(p, logP)));
      loss = f32x4.mul(loss, q);
      if (gamma > 1) {
        const lower = gamma == 2 ? q : f32x4.mul(q, q);
        slope = f32x4.mul(slope, lower);
        loss = f32x4.mul(loss, lower);
      }
    }
    v128.store(slopes + i, slope);
    slopeSum = f64x2.add(slopeSum, f64x2.promote_low_f32x4(slope));
    slopeSum = f64x2.add(slopeSum, f64x2.promote_low_f32x4(highHalf(slope)));
    if (needsLoss) {
      const weighted = f32x4.mul(loss, alpha);
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(weighted));
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(highHalf(weighted)));
    }
    if (!params.allSums) continue;
    addTo(sums + LOSS, loss);
    addTo(sums + CROSS_ENTROPY, crossEntropy);
  }
  row.loss += (f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1)) * slopeUnit(params);
  row.slopes += f64x2.extract_lane(slopeSum, 0) + f64x2.extract_lane(slopeSum, 1);
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f32x4.add(v128.load(at), values));
}
