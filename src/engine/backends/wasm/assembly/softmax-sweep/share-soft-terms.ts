import { multiplyAdd } from '../math/multiply-add';
import { FOUR_SIZE, SoftBlock, SoftFour } from '../softmax/soft-block';
import { optionsOf } from '../softmax/soft-four';
import { DENSE, INDICES, labelShares, MIN_CLASSES, needFloat64, SMOOTHED } from '../softmax/soft-labels';
import { labelUnit } from '../softmax/soft-range';
import { add, promotedSum, sumOf } from '../softmax/soft-terms';
import { ClassPair } from '../sums';
import { endPairs, pushSingles } from './push-singles';
import { firstPair, setEndOfClass, SinglePair, SINGLE_PAIR_SIZE } from './single-pairs';
import { crossEntropies, logarithms, slopesOfGamma } from './soft-sweep-block';
import { SoftmaxSweepParams } from './softmax-sweep-params';

/** More probable classes are singles: the rounding of q = 1 − p is raised to γ. */
const MAX_P: f32 = 1 / 12;

/**
 * Computes what the evaluations share of a block whose exponentials are known, and adds the sums that do not depend on γ and α: in
 * float32 the classes of which most samples have many, negative and not probable, and the list of singles.
 */
export function shareSoftTerms(sweep: SoftmaxSweepParams, block: SoftBlock): void {
  const params = sweep.shared;
  if (!params.dense) shareIndexed(sweep, block);
  else if (params.addedLabel > 0) shareSmoothed(sweep, block);
  else shareDense(sweep, block);
}

function shareIndexed(sweep: SoftmaxSweepParams, block: SoftBlock): void {
  shareTerms(sweep, block, INDICES);
}

function shareDense(sweep: SoftmaxSweepParams, block: SoftBlock): void {
  shareTerms(sweep, block, DENSE);
}

function shareSmoothed(sweep: SoftmaxSweepParams, block: SoftBlock): void {
  shareTerms(sweep, block, SMOOTHED);
}

/** `kind` is a constant wherever this is inlined. */
@inline
function shareTerms(sweep: SoftmaxSweepParams, block: SoftBlock, kind: i32): void {
  const params = sweep.shared;
  const one = params.constants.oneFloat32;
  const kept = params.keptLabel / labelUnit(params);
  const keptHigh = f32x4.splat(f32(kept));
  const keptLow = f32x4.splat(f32(kept - f64(f32(kept))));
  const unit = labelUnit(params);
  const maxP = f32x4.splat(params.classes < MIN_CLASSES ? -1 : MAX_P);
  const rowSize = block.rowSize;
  const probabilities = block.probabilities;
  const logits = block.logits - probabilities;
  const labels = block.labels - probabilities;
  const toCrossEntropies = crossEntropies(block) - probabilities;
  const toSlopes = slopesOfGamma(block) - probabilities;
  const toLogarithms = logarithms(block) - probabilities;
  const needsLogarithms = sweep.needsLogarithms != 0;
  let pairs = firstPair(sweep);
  let row = probabilities;
  for (let c: u32 = 0; c < params.classes; c++) {
    let singles: u32 = 0;
    let counted = block.active;
    let crossEntropySum = f64x2.splat(0);
    let pSum = f64x2.splat(0);
    let four = block.fours;
    const end = row + rowSize;
    while (row < end) {
      let crossEntropyOfRun = f32x4.splat(0);
      let pOfRun = crossEntropyOfRun;
      for (const endOfRun = min(row + 64, end); row < endOfRun; row += 16, four += FOUR_SIZE) {
        const samples = changetype<SoftFour>(four);
        let p = f32x4.mul(v128.load(row), samples.inverses);
        let isSingle = f32x4.gt(p, maxP);
        let y = samples.weights;
        if (kind == INDICES) isSingle = v128.or(isSingle, i32x4.eq(samples.trueClasses, i32x4.splat(c)));
        else {
          const label = v128.load(row + labels);
          isSingle = v128.or(isSingle, needFloat64(label));
          y = labelShares(label, y, keptHigh, keptLow, one, kind);
        }
        const logP = f32x4.sub(f32x4.sub(v128.load(row + logits), samples.maxLogits), samples.logTotals);
        if (v128.any_true(isSingle)) {
          counted -= popcnt(i32x4.bitmask(v128.and(isSingle, samples.active)));
          singles = pushSingles(sweep, block, samples, c, row - probabilities, i32x4.bitmask(isSingle), pairs, singles);
          p = v128.andnot(p, isSingle);
          y = v128.andnot(y, isSingle);
        }
        const crossEntropy = f32x4.neg(f32x4.mul(y, logP));
        v128.store(row, p);
        v128.store(row + labels, y);
        v128.store(row + toCrossEntropies, crossEntropy);
        v128.store(row + toSlopes, f32x4.div(f32x4.mul(p, crossEntropy), f32x4.sub(one, p)));
        if (needsLogarithms) v128.store(row + toLogarithms, minusLogOfComplement(p, sweep));
        crossEntropyOfRun = f32x4.add(crossEntropyOfRun, crossEntropy);
        pOfRun = f32x4.add(pOfRun, p);
      }
      crossEntropySum = f64x2.add(crossEntropySum, promotedSum(crossEntropyOfRun));
      pSum = f64x2.add(pSum, promotedSum(pOfRun));
    }
    const sums = optionsOf(params, c);
    add(sums + offsetof<ClassPair>('negativeCrossEntropy'), sumOf(crossEntropySum) * unit);
    add(sums + offsetof<ClassPair>('negativeCount'), f64(counted));
    add(sums + offsetof<ClassPair>('negativePt'), f64(counted) - sumOf(pSum));
    const endOfPairs = endPairs(pairs, singles);
    if (singles) addSingles(pairs, endOfPairs, sums, unit);
    setEndOfClass(sweep, c, endOfPairs);
    pairs = endOfPairs;
  }
}

/** −log(1 − p) = 2 atanh(p / (2 − p)), for p ≤ `MAX_P`. */
@inline
function minusLogOfComplement(p: v128, sweep: SoftmaxSweepParams): v128 {
  const constants = sweep.shared.constants;
  const s = f32x4.div(p, f32x4.sub(f32x4.splat(2), p));
  const s2 = f32x4.mul(s, s);
  const tail = multiplyAdd<f32>(multiplyAdd<f32>(constants.b3, s2, constants.b2), s2, constants.b1);
  return multiplyAdd<f32>(s, f32x4.mul(tail, s2), f32x4.add(s, s));
}

function addSingles(pair: usize, end: usize, sums: usize, unit: f64): void {
  let positiveCrossEntropies = f64x2.splat(0);
  let negativeCrossEntropies = f64x2.splat(0);
  let positivePts = f64x2.splat(0);
  let negativePts = f64x2.splat(0);
  for (; pair < end; pair += SINGLE_PAIR_SIZE) {
    const each = changetype<SinglePair>(pair);
    const positive = each.positive;
    positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(each.crossEntropy, positive));
    negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(each.crossEntropy, positive));
    positivePts = f64x2.add(positivePts, v128.and(each.p, positive));
    negativePts = f64x2.add(negativePts, v128.andnot(each.q, positive));
  }
  add(sums + offsetof<ClassPair>('positiveCrossEntropy'), sumOf(positiveCrossEntropies) * unit);
  add(sums + offsetof<ClassPair>('negativeCrossEntropy'), sumOf(negativeCrossEntropies) * unit);
  add(sums + offsetof<ClassPair>('positivePt'), sumOf(positivePts));
  add(sums + offsetof<ClassPair>('negativePt'), sumOf(negativePts));
}
