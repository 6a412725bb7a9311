import { addNegative, addPositive, addSides } from './sides';
import { SoftRecord, SOFT_RECORD_SIZE, softRecordsAt } from './soft-record';
import {
  CROSS_ENTROPY,
  GRADIENT_OF_NOT_Y,
  GRADIENT_OF_Y,
  HALF,
  LOSS_OF_NOT_Y,
  LOSS_OF_Y,
  PT,
  softEvaluationAt,
  SQUARES_OF_BOTH,
  SQUARES_OF_NOT_Y,
  SQUARES_OF_Y,
  SweepParams,
} from './sweep-params';
import { Constants } from '../math/constants';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, powerOfLog } from '../math/powers';

/**
 * Adds soft records to the sums of every evaluation, and to those that do not depend on γ.
 *
 * @param positiveLanes a bit for each lane in which any label is positive
 */
export function addSoftEvaluations(params: SweepParams, vectors: u32, positiveLanes: i32, sums: usize): void {
  const size = usize(vectors) * SOFT_RECORD_SIZE;
  for (let half: u32 = 0; half < 2; half++) {
    const records = softRecordsAt(params, half);
    const hasPositives = ((positiveLanes >> (half << 1)) & 3) != 0;
    addShared(records, size, sums + usize(half) * HALF);
    for (let i: u32 = 0; i < params.evaluations; i++) {
      const at = softEvaluationAt(sums, i) + usize(half) * HALF;
      const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
      const gamma = v128.load64_splat(params.gammas + (usize(i) << 3));
      raise(params.constants, records, size, halfSteps, gamma);
      if (hasPositives) addWithGamma(records, size, gamma, at, true);
      else addWithGamma(records, size, gamma, at, false);
    }
  }
}

function addShared(record: usize, size: usize, sums: usize): void {
  const ZERO = f64x2.splat(0);
  let positiveCrossEntropies = ZERO;
  let negativeCrossEntropies = ZERO;
  let positivePts = ZERO;
  let negativePts = ZERO;
  for (const end = record + size; record < end; record += SOFT_RECORD_SIZE) {
    const each = changetype<SoftRecord>(record);
    const positive = each.positive;
    positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(each.crossEntropy, positive));
    negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(each.crossEntropy, positive));
    positivePts = f64x2.add(positivePts, v128.and(each.pt, positive));
    negativePts = f64x2.add(negativePts, v128.andnot(each.pt, positive));
  }
  addSides(sums + CROSS_ENTROPY, positiveCrossEntropies, negativeCrossEntropies);
  addSides(sums + PT, positivePts, negativePts);
}

/** Sets the modulators, u^γ. */
function raise(constants: Constants, record: usize, size: usize, halfSteps: i32, gamma: v128): void {
  const end = record + size;
  if (halfSteps < 0) {
    for (; record < end; record += SOFT_RECORD_SIZE) {
      const each = changetype<SoftRecord>(record);
      each.modulator = powerOfLog(each.logU, gamma, constants);
    }
  } else if (halfSteps == 4) {
    for (; record < end; record += SOFT_RECORD_SIZE) {
      const each = changetype<SoftRecord>(record);
      each.modulator = halfStepPower(each.u, 4);
    }
  } else {
    for (; record < end; record += SOFT_RECORD_SIZE) {
      const each = changetype<SoftRecord>(record);
      each.modulator = halfStepPower(each.u, halfSteps);
    }
  }
}

/** Adds u^γ C, |(u^γ C)′| and its square, weighted by the label. */
@inline
function addWithGamma(record: usize, size: usize, gamma: v128, at: usize, hasPositives: bool): void {
  const ZERO = f64x2.splat(0);
  let losses = ZERO;
  let lossesOfNot = ZERO;
  let sizes = ZERO;
  let sizesOfNot = ZERO;
  let squares = ZERO;
  let squaresOfBoth = ZERO;
  let squaresOfNot = ZERO;
  let positiveLosses = ZERO;
  let positiveLossesOfNot = ZERO;
  let positiveSizes = ZERO;
  let positiveSizesOfNot = ZERO;
  let positiveSquares = ZERO;
  let positiveSquaresOfBoth = ZERO;
  let positiveSquaresOfNot = ZERO;
  for (const end = record + size; record < end; record += SOFT_RECORD_SIZE) {
    const each = changetype<SoftRecord>(record);
    const modulator = each.modulator;
    const y = each.y;
    const notY = each.notY;
    let loss = f64x2.mul(modulator, each.crossEntropy);
    let slope = f64x2.abs(f64x2.mul(modulator, multiplyAdd<f64>(gamma, each.slopeOfGamma, each.slope)));
    if (hasPositives) {
      const positive = each.positive;
      const positiveLoss = v128.and(loss, positive);
      const positiveSlope = v128.and(slope, positive);
      const ofY = f64x2.mul(positiveSlope, y);
      const ofNotY = f64x2.mul(positiveSlope, notY);
      positiveLosses = multiplyAdd<f64>(positiveLoss, y, positiveLosses);
      positiveLossesOfNot = multiplyAdd<f64>(positiveLoss, notY, positiveLossesOfNot);
      positiveSizes = f64x2.add(positiveSizes, ofY);
      positiveSizesOfNot = f64x2.add(positiveSizesOfNot, ofNotY);
      positiveSquares = multiplyAdd<f64>(ofY, ofY, positiveSquares);
      positiveSquaresOfBoth = multiplyAdd<f64>(ofY, ofNotY, positiveSquaresOfBoth);
      positiveSquaresOfNot = multiplyAdd<f64>(ofNotY, ofNotY, positiveSquaresOfNot);
      loss = v128.andnot(loss, positive);
      slope = v128.andnot(slope, positive);
    }
    const ofY = f64x2.mul(slope, y);
    const ofNotY = f64x2.mul(slope, notY);
    losses = multiplyAdd<f64>(loss, y, losses);
    lossesOfNot = multiplyAdd<f64>(loss, notY, lossesOfNot);
    sizes = f64x2.add(sizes, ofY);
    sizesOfNot = f64x2.add(sizesOfNot, ofNotY);
    squares = multiplyAdd<f64>(ofY, ofY, squares);
    squaresOfBoth = multiplyAdd<f64>(ofY, ofNotY, squaresOfBoth);
    squaresOfNot = multiplyAdd<f64>(ofNotY, ofNotY, squaresOfNot);
  }
  addNegative(at + LOSS_OF_Y, losses);
  addNegative(at + LOSS_OF_NOT_Y, lossesOfNot);
  addNegative(at + GRADIENT_OF_Y, sizes);
  addNegative(at + GRADIENT_OF_NOT_Y, sizesOfNot);
  addNegative(at + SQUARES_OF_Y, squares);
  addNegative(at + SQUARES_OF_BOTH, squaresOfBoth);
  addNegative(at + SQUARES_OF_NOT_Y, squaresOfNot);
  if (!hasPositives) return;
  addPositive(at + LOSS_OF_Y, positiveLosses);
  addPositive(at + LOSS_OF_NOT_Y, positiveLossesOfNot);
  addPositive(at + GRADIENT_OF_Y, positiveSizes);
  addPositive(at + GRADIENT_OF_NOT_Y, positiveSizesOfNot);
  addPositive(at + SQUARES_OF_Y, positiveSquares);
  addPositive(at + SQUARES_OF_BOTH, positiveSquaresOfBoth);
  addPositive(at + SQUARES_OF_NOT_Y, positiveSquaresOfNot);
}
