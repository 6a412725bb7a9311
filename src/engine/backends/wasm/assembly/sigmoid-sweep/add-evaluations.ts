import { endOfRecords, Record, RECORD_SIZE, startOfRecords } from './records';
import { addFloat32Lanes } from './sides';
import { evaluationAt, GRADIENT_L1, GRADIENT_SQUARES, LOSS, SIDE, SweepParams } from './sweep-params';
import { Constants } from '../math/constants';
import { multiplyAdd } from '../math/multiply-add';

/** Of the records of vectors with positive labels whose terms are added in float32. */
const MIXED_SIZE: usize = 8 * RECORD_SIZE;

/** Adds prepared records to the sums of every evaluation. @param negatives how many are of vectors without positive labels */
export function addEvaluations(params: SweepParams, vectors: u32, negatives: u32, sums: usize): void {
  const constants = params.constants;
  const record = startOfRecords(params);
  const end = record + usize((negatives + 1) & ~1) * RECORD_SIZE;
  for (let i: u32 = 0; negatives != 0 && i < params.evaluations; i++) {
    const at = evaluationAt(sums, i);
    const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
    if (halfSteps == 0) addUnfocused(constants, record, end, at);
    else if (halfSteps == 1) addRoot(constants, record, end, at);
    else if (halfSteps == 2) addLinear(constants, record, end, at);
    else if (halfSteps == 3) addLinearRoot(constants, record, end, at);
    else if (halfSteps == 4) addSquared(constants, record, end, at);
    else if (halfSteps == 5) addSquaredRoot(constants, record, end, at);
    else if (halfSteps == 6) addCubed(constants, record, end, at);
    else if (halfSteps == 8) addFourth(constants, record, end, at);
    else if (halfSteps == 10) addFifth(constants, record, end, at);
    else addNegatives(constants, record, end, halfSteps, at);
  }
  const mixed = vectors - negatives;
  for (let i: u32 = 0; mixed != 0 && i < params.evaluations; i++) {
    const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
    const lastRecord = endOfRecords(params);
    const at = evaluationAt(sums, i);
    for (let record = lastRecord - usize((mixed + 1) & ~1) * RECORD_SIZE; record < lastRecord; record += MIXED_SIZE) {
      addMixed(constants, record, min(record + MIXED_SIZE, lastRecord), halfSteps, at);
    }
  }
}

// Functions of their own, in which `halfSteps` is a constant.

function addUnfocused(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 0, at);
}

function addRoot(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 1, at);
}

function addLinear(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 2, at);
}

function addLinearRoot(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 3, at);
}

function addSquared(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 4, at);
}

function addSquaredRoot(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 5, at);
}

function addCubed(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 6, at);
}

function addFourth(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 8, at);
}

function addFifth(constants: Constants, record: usize, end: usize, at: usize): void {
  addNegatives(constants, record, end, 10, at);
}

/**
 * Adds q^γ (−log p), its derivative and the square of that, as in sigmoid-pair.ts. The terms of few vectors are added in float32,
 * two at a time and every other two apart, so that few additions round sums of many, and these sums in float64.
 */
@inline
function addNegatives(constants: Constants, record: usize, end: usize, halfSteps: i32, at: usize): void {
  const ZERO = f32x4.splat(0);
  const gamma = f32x4.splat(0.5 * f32(halfSteps));
  let losses = ZERO;
  let slopes = ZERO;
  let squares = ZERO;
  let otherLosses = ZERO;
  let otherSlopes = ZERO;
  let otherSquares = ZERO;
  do {
    const first = changetype<Record>(record);
    const second = changetype<Record>(record + RECORD_SIZE);
    record += 2 * RECORD_SIZE;
    let loss: v128;
    let firstSlope: v128;
    let secondSlope: v128;
    if (halfSteps == 0) {
      loss = f32x4.add(first.minusLogP, second.minusLogP);
      firstSlope = first.weightedQ;
      secondSlope = second.weightedQ;
    } else {
      const firstModulator = modulatorOf(first, halfSteps, constants);
      const secondModulator = modulatorOf(second, halfSteps, constants);
      loss = multiplyAdd<f32>(secondModulator, second.minusLogP, f32x4.mul(firstModulator, first.minusLogP));
      firstSlope = f32x4.mul(firstModulator, slopeOf(first, gamma, halfSteps));
      secondSlope = f32x4.mul(secondModulator, slopeOf(second, gamma, halfSteps));
    }
    const square = multiplyAdd<f32>(secondSlope, secondSlope, f32x4.mul(firstSlope, firstSlope));
    const lossSum = f32x4.add(losses, loss);
    const slopeSum = f32x4.add(slopes, f32x4.add(firstSlope, secondSlope));
    const squareSum = f32x4.add(squares, square);
    losses = otherLosses;
    slopes = otherSlopes;
    squares = otherSquares;
    otherLosses = lossSum;
    otherSlopes = slopeSum;
    otherSquares = squareSum;
  } while (record < end);
  addFloat32Lanes(at + LOSS + SIDE, f32x4.add(losses, otherLosses));
  addFloat32Lanes(at + GRADIENT_L1 + SIDE, f32x4.add(slopes, otherSlopes));
  addFloat32Lanes(at + GRADIENT_SQUARES + SIDE, f32x4.add(squares, otherSquares));
}

/** Likewise, of vectors with positive labels, two at a time. */
function addMixed(constants: Constants, record: usize, end: usize, halfSteps: i32, at: usize): void {
  const ZERO = f32x4.splat(0);
  const gamma = f32x4.splat(0.5 * f32(halfSteps));
  let losses = ZERO;
  let slopes = ZERO;
  let squares = ZERO;
  let positiveLosses = ZERO;
  let positiveSlopes = ZERO;
  let positiveSquares = ZERO;
  do {
    const first = changetype<Record>(record);
    const second = changetype<Record>(record + RECORD_SIZE);
    record += 2 * RECORD_SIZE;
    const positive = first.positive;
    const otherPositive = second.positive;
    const firstModulator = modulatorOf(first, halfSteps, constants);
    const loss = f32x4.mul(firstModulator, first.minusLogP);
    const slope = f32x4.mul(firstModulator, slopeOf(first, gamma, halfSteps));
    const secondModulator = modulatorOf(second, halfSteps, constants);
    const otherLoss = f32x4.mul(secondModulator, second.minusLogP);
    const otherSlope = f32x4.mul(secondModulator, slopeOf(second, gamma, halfSteps));
    const positiveLoss = f32x4.add(v128.and(loss, positive), v128.and(otherLoss, otherPositive));
    const negativeLoss = f32x4.add(v128.andnot(loss, positive), v128.andnot(otherLoss, otherPositive));
    positiveLosses = f32x4.add(positiveLosses, positiveLoss);
    losses = f32x4.add(losses, negativeLoss);
    const positiveSlope = v128.and(slope, positive);
    const otherPositiveSlope = v128.and(otherSlope, otherPositive);
    positiveSlopes = f32x4.add(positiveSlopes, f32x4.add(positiveSlope, otherPositiveSlope));
    positiveSquares = multiplyAdd<f32>(otherPositiveSlope, otherPositiveSlope, positiveSquares);
    positiveSquares = multiplyAdd<f32>(positiveSlope, positiveSlope, positiveSquares);
    const negativeSlope = v128.andnot(slope, positive);
    const otherNegativeSlope = v128.andnot(otherSlope, otherPositive);
    slopes = f32x4.add(slopes, f32x4.add(negativeSlope, otherNegativeSlope));
    squares = multiplyAdd<f32>(otherNegativeSlope, otherNegativeSlope, squares);
    squares = multiplyAdd<f32>(negativeSlope, negativeSlope, squares);
  } while (record < end);
  addFloat32Lanes(at + LOSS, positiveLosses);
  addFloat32Lanes(at + GRADIENT_L1, positiveSlopes);
  addFloat32Lanes(at + GRADIENT_SQUARES, positiveSquares);
  addFloat32Lanes(at + LOSS + SIDE, losses);
  addFloat32Lanes(at + GRADIENT_L1 + SIDE, slopes);
  addFloat32Lanes(at + GRADIENT_SQUARES + SIDE, squares);
}

/** q + γ (−p log p) */
@inline
export function slopeOf(record: Record, gamma: v128, halfSteps: i32): v128 {
  return halfSteps == 0 ? record.weightedQ : multiplyAdd<f32>(gamma, record.pMinusLogP, record.weightedQ);
}

/** q^γ, by as few products as possible. */
@inline
export function modulatorOf(record: Record, halfSteps: i32, constants: Constants): v128 {
  const square = record.qSquared;
  if (halfSteps == 4) return square;
  const q = record.q;
  let power = halfSteps & 1 ? f32x4.sqrt(q) : constants.oneFloat32;
  if (halfSteps & 2) power = halfSteps & 1 ? f32x4.mul(power, q) : q;
  if (halfSteps < 4) return power;
  if (halfSteps >= 8) power = halfSteps & 3 ? f32x4.mul(power, square) : square;
  return f32x4.mul(power, square);
}
