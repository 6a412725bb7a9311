import { Record, RECORD_SIZE, recordsAt } from './records';
import { addNegative, addSides } from './sides';
import { evaluationAt, GRADIENT_L1, GRADIENT_SQUARES, HALF, LOSS, SweepParams } from './sweep-params';
import { halfStepPower } from '../math/powers';

/**
 * Adds prepared records to the sums of every evaluation.
 *
 * @param positiveLanes a bit for each lane in which any label is positive
 */
export function addEvaluations(params: SweepParams, vectors: u32, positiveLanes: i32, sums: usize): void {
  const size = usize(vectors) * RECORD_SIZE;
  for (let half: u32 = 0; half < 2; half++) {
    const records = recordsAt(params, half);
    const hasPositives = ((positiveLanes >> (half << 1)) & 3) != 0;
    for (let i: u32 = 0; i < params.evaluations; i++) {
      const at = evaluationAt(sums, i) + usize(half) * HALF;
      const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
      if (halfSteps == 0) addCrossEntropy(records, size, at, hasPositives);
      else if (halfSteps == 2) addLinear(records, size, at, hasPositives);
      else if (halfSteps == 4) addSquared(records, size, at, hasPositives);
      else if (halfSteps == 6) addCubed(records, size, at, hasPositives);
      else addAny(records, size, halfSteps, at, hasPositives);
    }
  }
}

// Functions of their own, in which the parameters of `addWithGamma` are constants.

function addCrossEntropy(records: usize, size: usize, at: usize, hasPositives: bool): void {
  if (hasPositives) addWithGamma(records, size, 0, at, true);
  else addWithGamma(records, size, 0, at, false);
}

function addLinear(records: usize, size: usize, at: usize, hasPositives: bool): void {
  if (hasPositives) addWithGamma(records, size, 2, at, true);
  else addWithGamma(records, size, 2, at, false);
}

function addSquared(records: usize, size: usize, at: usize, hasPositives: bool): void {
  if (hasPositives) addWithGamma(records, size, 4, at, true);
  else addWithGamma(records, size, 4, at, false);
}

function addCubed(records: usize, size: usize, at: usize, hasPositives: bool): void {
  if (hasPositives) addWithGamma(records, size, 6, at, true);
  else addWithGamma(records, size, 6, at, false);
}

function addAny(records: usize, size: usize, halfSteps: i32, at: usize, hasPositives: bool): void {
  if (hasPositives) addWithGamma(records, size, halfSteps, at, true);
  else addWithGamma(records, size, halfSteps, at, false);
}

/** Adds q^γ (−log p), its derivative and the square of that, as in sigmoid-pair.ts. */
@inline
function addWithGamma(record: usize, size: usize, halfSteps: i32, at: usize, hasPositives: bool): void {
  const ZERO = f64x2.splat(0);
  const gamma = f64x2.splat(0.5 * f64(halfSteps));
  const end = record + size;
  let losses = ZERO;
  let slopes = ZERO;
  let squares = ZERO;
  let positiveLosses = ZERO;
  let positiveSlopes = ZERO;
  let positiveSquares = ZERO;
  for (; record < end; record += RECORD_SIZE) {
    const each = changetype<Record>(record);
    const modulator = halfStepPower(each.q, halfSteps);
    const loss = f64x2.mul(modulator, each.minusLogP);
    const sum = halfSteps == 0 ? each.weightedQ : f64x2.add(each.weightedQ, f64x2.mul(gamma, each.pMinusLogP));
    const slope = f64x2.mul(modulator, sum);
    const square = f64x2.mul(slope, slope);
    if (hasPositives) {
      const positive = each.positive;
      positiveLosses = f64x2.add(positiveLosses, v128.and(loss, positive));
      positiveSlopes = f64x2.add(positiveSlopes, v128.and(slope, positive));
      positiveSquares = f64x2.add(positiveSquares, v128.and(square, positive));
      losses = f64x2.add(losses, v128.andnot(loss, positive));
      slopes = f64x2.add(slopes, v128.andnot(slope, positive));
      squares = f64x2.add(squares, v128.andnot(square, positive));
    } else {
      losses = f64x2.add(losses, loss);
      slopes = f64x2.add(slopes, slope);
      squares = f64x2.add(squares, square);
    }
  }
  if (hasPositives) {
    addSides(at + LOSS, positiveLosses, losses);
    addSides(at + GRADIENT_L1, positiveSlopes, slopes);
    addSides(at + GRADIENT_SQUARES, positiveSquares, squares);
  } else {
    addNegative(at + LOSS, losses);
    addNegative(at + GRADIENT_L1, slopes);
    addNegative(at + GRADIENT_SQUARES, squares);
  }
}
