import { demote, highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { FOUR_SIZE, softBlock, SoftBlock, SoftFour } from '../softmax/soft-block';
import { optionsOf } from '../softmax/soft-four';
import { labelUnit } from '../softmax/soft-range';
import { add, promotedSum, sumOf } from '../softmax/soft-terms';
import { ClassPair } from '../sums';
import { endOfClass, firstPair, lossesOf, SinglePair, SINGLE_PAIR_SIZE } from './single-pairs';
import { SoftmaxSweepParams } from './softmax-sweep-params';

/** Classes whose s are added in float32. */
const RUN: usize = 8;
/**
 * What gradients are multiplied by, relative to the largest α, before float32 adds their squares: then these are normal numbers
 * with any weight that float32 serves, if they matter.
 */
const SQUARE_SCALE: f64 = 65536;

/** Adds the losses and gradients of a block to the sums of an evaluation, after `evaluateSoftGamma` with its γ. */
export function addSoftGradients(sweep: SoftmaxSweepParams, block: SoftBlock, params: KernelParams): void {
  const own = softBlock(params);
  const toRatio = labelUnit(params) / own.slopeUnit;
  addSingleSlopes(sweep, block, params, toRatio);
  addSlopes(sweep, block, own.alphas);
  const unit = own.slopeUnit;
  const squareScale = f32x4.splat(f32(labelUnit(params) * SQUARE_SCALE));
  const squareUnit = (own.slopeUnit / labelUnit(params) / SQUARE_SCALE) ** 2;
  const rowSize = block.rowSize;
  const slopes = block.logits - block.probabilities;
  let row = block.probabilities;
  let pair = firstPair(sweep);
  for (let c: u32 = 0; c < params.classes; c++) {
    const alpha = v128.load32_splat(own.alphas + (usize(c) << 2));
    let sizes = f64x2.splat(0);
    let squares = f64x2.splat(0);
    let four = block.fours;
    const end = row + rowSize;
    while (row < end) {
      let sizeOfRun = f32x4.splat(0);
      let squareOfRun = f32x4.splat(0);
      for (const endOfRun = min(row + 64, end); row < endOfRun; row += 16, four += FOUR_SIZE) {
        // p_j Σ_{c≠j} s_c − s_j q_j
        const all = f32x4.mul(v128.load(row), changetype<SoftFour>(four).slopes);
        const gradient = subtractProduct<f32>(all, alpha, v128.load(row + slopes));
        sizeOfRun = f32x4.add(sizeOfRun, f32x4.abs(gradient));
        const scaled = f32x4.mul(gradient, squareScale);
        squareOfRun = multiplyAdd<f32>(scaled, scaled, squareOfRun);
      }
      sizes = f64x2.add(sizes, promotedSum(sizeOfRun));
      squares = f64x2.add(squares, promotedSum(squareOfRun));
    }
    const sums = optionsOf(params, c);
    const lossUnit = load<f64>(sums, offsetof<ClassPair>('positiveAlpha')) * labelUnit(params);
    const losses = lossesOf(sweep, c);
    add(sums + offsetof<ClassPair>('negativeLoss'), load<f64>(losses) * lossUnit);
    add(sums + offsetof<ClassPair>('negativeGradientL1'), sumOf(sizes) * unit);
    add(sums + offsetof<ClassPair>('negativeGradientSquares'), sumOf(squares) * squareUnit);
    const endOfPairs = endOfClass(sweep, c);
    if (pair == endOfPairs) continue;
    add(sums + offsetof<ClassPair>('positiveLoss'), load<f64>(losses, 8) * lossUnit);
    addSingles(pair, endOfPairs, sums, toRatio, unit);
    pair = endOfPairs;
  }
}

/** Adds up s of the singles of each sample. @param toRatio what an α is multiplied by to be relative to the largest */
function addSingleSlopes(sweep: SoftmaxSweepParams, block: SoftBlock, params: KernelParams, toRatio: f64): void {
  for (let i: usize = 0; i < block.rowSize; i += 16) {
    const four = changetype<SoftFour>(block.fours + (i >> 4) * FOUR_SIZE);
    four.otherSlopes = f64x2.splat(0);
    four.otherSlopesHigh = f64x2.splat(0);
    four.largeSlopes = f64x2.splat(0);
    four.largeSlopesHigh = f64x2.splat(0);
  }
  let pair = firstPair(sweep);
  for (let c: u32 = 0; c < params.classes; c++) {
    const end = endOfClass(sweep, c);
    if (pair == end) continue;
    const alpha = f64x2.splat(load<f64>(optionsOf(params, c), offsetof<ClassPair>('positiveAlpha')) * toRatio);
    for (; pair < end; pair += SINGLE_PAIR_SIZE) {
      const each = changetype<SinglePair>(pair);
      const slope = f64x2.mul(each.slope, alpha);
      const large = i64x2.bitmask(each.large);
      add(each.firstSample + sumOfSide((large & 1) != 0), f64x2.extract_lane(slope, 0));
      add(each.secondSample + sumOfSide((large & 2) != 0), f64x2.extract_lane(slope, 1));
    }
  }
}

@inline
function sumOfSide(isLarge: bool): usize {
  return isLarge ? offsetof<SoftFour>('largeSlopes') : offsetof<SoftFour>('otherSlopes');
}

/** Adds s of all other classes of each sample. @param alphas relative to the largest, float32 [classes] */
function addSlopes(sweep: SoftmaxSweepParams, block: SoftBlock, alphas: usize): void {
  const rowSize = block.rowSize;
  for (let i: usize = 0; i < rowSize; i += 16) {
    const four = changetype<SoftFour>(block.fours + (i >> 4) * FOUR_SIZE);
    let low = four.otherSlopes;
    let high = four.otherSlopesHigh;
    let at = block.logits + i;
    let alpha = alphas;
    const end = at + usize(sweep.shared.classes) * rowSize;
    while (at < end) {
      let sum = f32x4.mul(v128.load(at), v128.load32_splat(alpha));
      at += rowSize;
      alpha += 4;
      for (const endOfRun = min(at + (RUN - 1) * rowSize, end); at < endOfRun; at += rowSize, alpha += 4) {
        sum = multiplyAdd<f32>(v128.load(at), v128.load32_splat(alpha), sum);
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(sum)));
    }
    four.otherSlopes = low;
    four.otherSlopesHigh = high;
    four.slopes = demote(f64x2.add(low, four.largeSlopes), f64x2.add(high, four.largeSlopesHigh));
  }
}

/** Adds the gradients of the singles of a class. */
function addSingles(pair: usize, end: usize, sums: usize, toRatio: f64, unit: f64): void {
  const alpha = f64x2.splat(load<f64>(sums, offsetof<ClassPair>('positiveAlpha')) * toRatio);
  let positives = f64x2.splat(0);
  let negatives = f64x2.splat(0);
  let positiveSquares = f64x2.splat(0);
  let negativeSquares = f64x2.splat(0);
  for (; pair < end; pair += SINGLE_PAIR_SIZE) {
    const each = changetype<SinglePair>(pair);
    const slope = f64x2.mul(each.slope, alpha);
    const remaining = loadTwo(each, offsetof<SoftFour>('otherSlopes'));
    const large = loadTwo(each, offsetof<SoftFour>('largeSlopes'));
    const slopesOfOthers = v128.bitselect(remaining, f64x2.add(f64x2.sub(remaining, slope), large), each.large);
    const gradient = f64x2.sub(f64x2.mul(each.p, slopesOfOthers), f64x2.mul(slope, each.q));
    const positive = each.positive;
    const size = f64x2.abs(gradient);
    const square = f64x2.mul(gradient, gradient);
    positives = f64x2.add(positives, v128.and(size, positive));
    negatives = f64x2.add(negatives, v128.andnot(size, positive));
    positiveSquares = f64x2.add(positiveSquares, v128.and(square, positive));
    negativeSquares = f64x2.add(negativeSquares, v128.andnot(square, positive));
  }
  add(sums + offsetof<ClassPair>('positiveGradientL1'), sumOf(positives) * unit);
  add(sums + offsetof<ClassPair>('negativeGradientL1'), sumOf(negatives) * unit);
  add(sums + offsetof<ClassPair>('positiveGradientSquares'), sumOf(positiveSquares) * (unit * unit));
  add(sums + offsetof<ClassPair>('negativeGradientSquares'), sumOf(negativeSquares) * (unit * unit));
}

/** A number of the sample of each lane. */
@inline
function loadTwo(pair: SinglePair, field: usize): v128 {
  return v128.load64_lane(pair.secondSample + field, v128.load64_zero(pair.firstSample + field), 1);
}
