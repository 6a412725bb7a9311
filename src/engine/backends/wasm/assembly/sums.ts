import { CLASS_WEIGHT, GAMMA, NEGATIVE_ALPHA, NEGATIVE_GAMMA, optionOf, POSITIVE_ALPHA } from './class-options';
import { KernelParams } from './kernel-params';

/** The options and the running sums of the two classes in a vector, or of one class if lanes are its samples. */
@unmanaged
export class ClassPair {
  /** That of positives, and of soft labels. */
  gamma: v128;
  negativeGamma: v128;
  /** α and 1 − α, multiplied by the class weight. */
  positiveAlpha: v128;
  negativeAlpha: v128;
  classWeight: v128;
  // The sums, in the order of loss/class-sums.ts.
  positiveLoss: v128;
  positiveCrossEntropy: v128;
  positiveGradientL1: v128;
  positivePt: v128;
  positiveCount: v128;
  positivePredicted: v128;
  positiveGradientSquares: v128;
  negativeLoss: v128;
  negativeCrossEntropy: v128;
  negativeGradientL1: v128;
  negativePt: v128;
  negativeCount: v128;
  negativePredicted: v128;
  negativeGradientSquares: v128;
}

/** In bytes. */
export const PAIR_SIZE: usize = offsetof<ClassPair>();
const SUMS: usize = offsetof<ClassPair>('positiveLoss');
/** Of one class in a part's sums, float64 [classes, 14], in bytes. */
export const SUMS_OF_CLASS: usize = 14 * 8;

@inline
export function pairAt(params: KernelParams, index: u32): ClassPair {
  return changetype<ClassPair>(params.pairs + usize(index) * PAIR_SIZE);
}

/** Where a sum of a class is in a part's sums. @param sum its offset in `ClassPair` */
@inline
export function offsetInPart(sum: usize): usize {
  return (sum - SUMS) >> 1;
}

/** Fills in the options of the pairs, clears their sums, and has `flushSums` read them. */
export function startPairSums(params: KernelParams): void {
  const pairs = params.lanesAreSamples ? params.classes : (params.classes + 1) >> 1;
  for (let i: u32 = 0; i < pairs; i++) {
    const pair = pairAt(params, i);
    pair.gamma = optionOfPair(params, GAMMA, i);
    pair.negativeGamma = optionOfPair(params, NEGATIVE_GAMMA, i);
    pair.positiveAlpha = optionOfPair(params, POSITIVE_ALPHA, i);
    pair.negativeAlpha = optionOfPair(params, NEGATIVE_ALPHA, i);
    pair.classWeight = optionOfPair(params, CLASS_WEIGHT, i);
    memory.fill(changetype<usize>(pair) + SUMS, 0, PAIR_SIZE - SUMS);
  }
  params.hasPairSums = 1;
}

/** Of the one class if lanes are its samples, and 0 in place of a second class that is missing. */
@inline
function optionOfPair(params: KernelParams, option: u32, i: u32): v128 {
  if (params.lanesAreSamples) return f64x2.splat(optionOf(params, option, i));
  const first = i << 1;
  const second = first + 1;
  const value: f64 = second < params.classes ? optionOf(params, option, second) : 0;
  return f64x2.replace_lane(f64x2.splat(optionOf(params, option, first)), 1, value);
}

/** Counts many samples as negative at once, in both lanes: correcting the count for the few others is cheaper. */
export function countNegatives(pair: ClassPair, samples: u32): void {
  pair.negativeCount = f64x2.add(pair.negativeCount, f64x2.splat(samples));
}

/**
 * Adds two elements to all sums but those of their gradients.
 *
 * @param positive mask of the positive lanes; neither it nor `negative` is set for a lane that contributes nothing
 * @param crossEntropy without the class weight, which `flushSums` applies
 * @param predicted mask of the lanes that are predicted as positive
 */
@inline
export function addToSums(
  pair: ClassPair,
  positive: v128,
  negative: v128,
  loss: v128,
  crossEntropy: v128,
  p: v128,
  q: v128,
  predicted: v128,
): void {
  const ONE = f64x2.splat(1);
  const one = v128.and(predicted, ONE);
  pair.positiveLoss = f64x2.add(pair.positiveLoss, v128.and(positive, loss));
  pair.positiveCrossEntropy = f64x2.add(pair.positiveCrossEntropy, v128.and(positive, crossEntropy));
  pair.positivePt = f64x2.add(pair.positivePt, v128.and(positive, p));
  pair.positiveCount = f64x2.add(pair.positiveCount, v128.and(positive, ONE));
  pair.positivePredicted = f64x2.add(pair.positivePredicted, v128.and(positive, one));
  pair.negativeLoss = f64x2.add(pair.negativeLoss, v128.and(negative, loss));
  pair.negativeCrossEntropy = f64x2.add(pair.negativeCrossEntropy, v128.and(negative, crossEntropy));
  pair.negativePt = f64x2.add(pair.negativePt, v128.and(negative, q));
  pair.negativeCount = f64x2.add(pair.negativeCount, v128.and(negative, ONE));
  pair.negativePredicted = f64x2.add(pair.negativePredicted, v128.and(negative, one));
}

@inline
export function addGradients(
  params: KernelParams,
  pair: ClassPair,
  positive: v128,
  negative: v128,
  gradient: v128,
): void {
  const size = f64x2.abs(gradient);
  pair.positiveGradientL1 = f64x2.add(pair.positiveGradientL1, v128.and(positive, size));
  pair.negativeGradientL1 = f64x2.add(pair.negativeGradientL1, v128.and(negative, size));
  if (params.gradientSquares) addGradientSquares(pair, positive, negative, gradient);
}

@inline
export function addGradientSquares(pair: ClassPair, positive: v128, negative: v128, gradient: v128): void {
  const square = f64x2.mul(gradient, gradient);
  pair.positiveGradientSquares = f64x2.add(pair.positiveGradientSquares, v128.and(positive, square));
  pair.negativeGradientSquares = f64x2.add(pair.negativeGradientSquares, v128.and(negative, square));
}

/** Copies the sums of both classes to `part`. */
@inline
function flushTwo(pair: ClassPair, part: usize): void {
  pair.positiveCrossEntropy = f64x2.mul(pair.positiveCrossEntropy, pair.classWeight);
  pair.negativeCrossEntropy = f64x2.mul(pair.negativeCrossEntropy, pair.classWeight);
  const end = changetype<usize>(pair) + PAIR_SIZE;
  for (let at = changetype<usize>(pair) + SUMS; at < end; at += 32, part += 16) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    v128.store(part, i64x2.shuffle(first, second, 0, 2));
    v128.store(part, i64x2.shuffle(first, second, 1, 3), SUMS_OF_CLASS);
  }
}

/** Copies the sums of the pairs to `part`. */
export function flushPairs(params: KernelParams, part: usize): void {
  const classes = params.classes;
  let c: u32 = 0;
  if (!params.lanesAreSamples) {
    for (; c + 2 <= classes; c += 2, part += 2 * SUMS_OF_CLASS) flushTwo(pairAt(params, c >> 1), part);
  }
  for (; c < classes; c++) {
    const pair = changetype<usize>(pairAt(params, params.lanesAreSamples ? c : c >> 1));
    const lane: usize = params.lanesAreSamples ? 0 : usize(c & 1) << 3;
    const classWeight = load<f64>(pair + lane, offsetof<ClassPair>('classWeight'));
    for (let sum = SUMS; sum < PAIR_SIZE; sum += 16, part += 8) {
      let value = load<f64>(pair + sum + lane);
      if (params.lanesAreSamples) value += load<f64>(pair + sum + 8);
      const isCrossEntropy =
        sum == offsetof<ClassPair>('positiveCrossEntropy') || sum == offsetof<ClassPair>('negativeCrossEntropy');
      store<f64>(part, isCrossEntropy ? value * classWeight : value);
    }
  }
}
