import { addSides } from './sides';
import {
  CROSS_ENTROPY,
  HALF,
  LOSS_OF_NOT_Y,
  LOSS_OF_Y,
  PAIR_GRADIENT,
  PAIR_SQUARES,
  PT,
  SweepParams,
  termwiseGammaAt,
  termwisePairAt,
} from './sweep-params';
import { TermwiseRecord, TERMWISE_RECORD_SIZE, termwiseRecordsAt } from './termwise-record';
import { VectorRun } from './vector-run';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { halfStepPower, powerOfLog } from '../math/powers';

/** Adds termwise records to the sums of every γ and of every pair of γ and α, and to those that do not depend on them. */
export function addTermwiseEvaluations(params: SweepParams, run: VectorRun): void {
  const size = usize(run.vectors) * TERMWISE_RECORD_SIZE;
  for (let half: u32 = 0; half < 2; half++) {
    const records = termwiseRecordsAt(params, half);
    const sums = run.sums + usize(half) * HALF;
    addShared(records, size, sums);
    let pair: u32 = 0;
    for (let i: u32 = 0; i < params.evaluations; i++) {
      addLosses(params, i, records, size, termwiseGammaAt(sums, i));
      for (const end = load<u32>(params.pairEnds + (usize(i) << 2)); pair < end; pair++) {
        const alpha = alphaOf(params, pair, 0, run.firstClass, half);
        const notAlpha = alphaOf(params, pair, 1, run.firstClass, half);
        addGradients(records, size, alpha, notAlpha, termwisePairAt(params, sums, pair));
      }
    }
  }
}

/** α of the classes of two lanes of a vector, or 1 − α if `side` is 1; times the class weight. */
@inline
function alphaOf(params: SweepParams, pair: u32, side: u32, firstClass: u32, half: u32): v128 {
  const row = params.alphas + (usize((pair << 1) + side) * usize((params.classes + 3) & ~3) << 3);
  if (params.lanesAreSamples) return v128.load64_splat(row + (usize(firstClass) << 3));
  return v128.load(row + (usize(firstClass + (half << 1)) << 3));
}

function addShared(record: usize, size: usize, sums: usize): void {
  let positiveCrossEntropies = f64x2.splat(0);
  let negativeCrossEntropies = f64x2.splat(0);
  let positivePts = f64x2.splat(0);
  let negativePts = f64x2.splat(0);
  for (const end = record + size; record < end; record += TERMWISE_RECORD_SIZE) {
    const each = changetype<TermwiseRecord>(record);
    const positive = each.positive;
    const crossEntropy = f64x2.add(each.crossEntropyOfY, each.crossEntropyOfNotY);
    positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(crossEntropy, positive));
    negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(crossEntropy, positive));
    positivePts = f64x2.add(positivePts, v128.and(each.pt, positive));
    negativePts = f64x2.add(negativePts, v128.andnot(each.pt, positive));
  }
  addSides(sums + CROSS_ENTROPY, positiveCrossEntropies, negativeCrossEntropies);
  addSides(sums + PT, positivePts, negativePts);
}

/** Adds the losses of a γ without α, and sets the two terms of the gradients. */
function addLosses(params: SweepParams, i: u32, record: usize, size: usize, at: usize): void {
  const constants = params.constants;
  const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
  const gamma = v128.load64_splat(params.gammas + (usize(i) << 3));
  let positiveOfY = f64x2.splat(0);
  let positiveOfNotY = f64x2.splat(0);
  let negativeOfY = f64x2.splat(0);
  let negativeOfNotY = f64x2.splat(0);
  for (const end = record + size; record < end; record += TERMWISE_RECORD_SIZE) {
    const each = changetype<TermwiseRecord>(record);
    const positive = each.positive;
    const ofY = halfSteps < 0 ? powerOfLog(each.logQ, gamma, constants) : halfStepPower(each.q, halfSteps);
    const ofNotY = halfSteps < 0 ? powerOfLog(each.logP, gamma, constants) : halfStepPower(each.p, halfSteps);
    each.gradientOfY = f64x2.mul(ofY, multiplyAdd<f64>(gamma, each.slopeOfGammaOfY, each.slopeOfY));
    each.gradientOfNotY = f64x2.mul(ofNotY, multiplyAdd<f64>(gamma, each.slopeOfGammaOfNotY, each.slopeOfNotY));
    const lossOfY = f64x2.mul(ofY, each.crossEntropyOfY);
    const lossOfNotY = f64x2.mul(ofNotY, each.crossEntropyOfNotY);
    positiveOfY = f64x2.add(positiveOfY, v128.and(lossOfY, positive));
    positiveOfNotY = f64x2.add(positiveOfNotY, v128.and(lossOfNotY, positive));
    negativeOfY = f64x2.add(negativeOfY, v128.andnot(lossOfY, positive));
    negativeOfNotY = f64x2.add(negativeOfNotY, v128.andnot(lossOfNotY, positive));
  }
  addSides(at + LOSS_OF_Y, positiveOfY, negativeOfY);
  addSides(at + LOSS_OF_NOT_Y, positiveOfNotY, negativeOfNotY);
}

/** Adds |(1 − α) (1 − y) (p^γ log q)′ − …| and its square for one α. */
function addGradients(record: usize, size: usize, alpha: v128, notAlpha: v128, at: usize): void {
  let positives = f64x2.splat(0);
  let negatives = f64x2.splat(0);
  let positiveSquares = f64x2.splat(0);
  let negativeSquares = f64x2.splat(0);
  for (const end = record + size; record < end; record += TERMWISE_RECORD_SIZE) {
    const each = changetype<TermwiseRecord>(record);
    const gradient = subtractProduct<f64>(f64x2.mul(notAlpha, each.gradientOfNotY), alpha, each.gradientOfY);
    const ofPositive = v128.and(gradient, each.positive);
    const ofNegative = v128.andnot(gradient, each.positive);
    positives = f64x2.add(positives, f64x2.abs(ofPositive));
    negatives = f64x2.add(negatives, f64x2.abs(ofNegative));
    positiveSquares = multiplyAdd<f64>(ofPositive, ofPositive, positiveSquares);
    negativeSquares = multiplyAdd<f64>(ofNegative, ofNegative, negativeSquares);
  }
  addSides(at + PAIR_GRADIENT, positives, negatives);
  addSides(at + PAIR_SQUARES, positiveSquares, negativeSquares);
}
