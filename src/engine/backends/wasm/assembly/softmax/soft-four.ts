import { addGradientsToBins, addToBins } from '../bins';
import { IGNORED, KernelParams } from '../kernel-params';
import { halfStepPower, powerOfLog } from '../math/powers';
import { SoftBlock, SoftFour } from './soft-block';
import { addGradients, addToSums, ClassPair, pairAt } from '../sums';
import { exp, logOf } from '../math/vector-math';

// One class of four samples, in float64: if it is the largest class of one, or positive, or too probable for float32.

/**
 * Adds the losses to the sums, and writes p and s to the block.
 *
 * @param offset of the four in a tensor of the block, in bytes
 * @returns how many of the samples count
 */
export function evaluateFour(params: KernelParams, block: SoftBlock, four: SoftFour, c: u32, offset: usize): i32 {
  const ONE = f64x2.splat(1);
  const constants = params.constants;
  const options = optionsOf(params, c);
  const gamma = v128.load64_splat(options, offsetof<ClassPair>('gamma'));
  const alpha = v128.load64_splat(options, offsetof<ClassPair>('positiveAlpha'));
  const slopeGamma = params.detachedGradient ? f64x2.splat(0) : gamma;
  const inverseUnit = f64x2.splat(1 / block.slopeUnit);
  for (let half: usize = 0; half < 2; half++) {
    const floats = changetype<usize>(four) + (half << 3);
    const doubles = changetype<usize>(four) + (half << 4);
    const at = offset + (half << 3);
    const active = maskOf(v128.load64_zero(floats, offsetof<SoftFour>('active')));
    const isLargest = maskOf(i32x4.eq(v128.load64_zero(floats, offsetof<SoftFour>('largestClasses')), i32x4.splat(c)));
    const x = f64x2.promote_low_f32x4(v128.load64_zero(block.logits + at));
    const e = exp(f64x2.sub(x, v128.load(doubles, offsetof<SoftFour>('shifts'))), constants);
    const pOfOthers = f64x2.mul(e, v128.load(doubles, offsetof<SoftFour>('inversesFloat64')));
    const p = v128.bitselect(v128.load(doubles, offsetof<SoftFour>('largestP')), pOfOthers, isLargest);
    const q = v128.bitselect(v128.load(doubles, offsetof<SoftFour>('largestQ')), f64x2.sub(ONE, p), isLargest);
    const maxLogits = f64x2.promote_low_f32x4(v128.load64_zero(floats, offsetof<SoftFour>('maxLogits')));
    const logP = f64x2.sub(f64x2.sub(x, maxLogits), v128.load(doubles, offsetof<SoftFour>('logTotalsFloat64')));
    const labels = labelsOf(params, block, floats, c, at);
    const counts = v128.and(active, f64x2.ne(labels, f64x2.splat(IGNORED)));
    const y = f64x2.add(f64x2.mul(labels, f64x2.splat(params.keptLabel)), f64x2.splat(params.addedLabel));
    const weight = f64x2.promote_low_f32x4(v128.load64_zero(floats, offsetof<SoftFour>('weights')));
    const share = v128.and(f64x2.mul(y, weight), counts);

    let modulator: v128; // q^γ
    let factor: v128; // 1 − γ p log p / q, times q^γ
    if (params.halfSteps >= 2) {
      const lower = halfStepPower(q, params.halfSteps - 2);
      modulator = f64x2.mul(lower, q);
      factor = f64x2.mul(lower, f64x2.sub(q, f64x2.mul(slopeGamma, f64x2.mul(p, logP))));
    } else {
      if (params.halfSteps >= 0) modulator = halfStepPower(q, params.halfSteps);
      else modulator = powerOfLog(logOf(q, p, constants), gamma, constants);
      const ratio = f64x2.div(f64x2.mul(p, logP), q);
      factor = f64x2.mul(modulator, f64x2.sub(ONE, f64x2.mul(slopeGamma, ratio)));
    }
    const k = f64x2.mul(share, alpha);
    let loss = f64x2.neg(f64x2.mul(k, f64x2.mul(modulator, logP)));
    let slope = f64x2.mul(k, factor);
    if (params.polyEpsilon != 0) {
      const classWeight = v128.load64_splat(options, offsetof<ClassPair>('classWeight'));
      const poly = f64x2.mul(f64x2.mul(share, classWeight), f64x2.mul(modulator, f64x2.splat(params.polyEpsilon)));
      loss = f64x2.add(loss, f64x2.mul(poly, q));
      slope = f64x2.add(slope, f64x2.mul(f64x2.mul(poly, f64x2.add(slopeGamma, ONE)), p));
    }
    slope = f64x2.mul(slope, inverseUnit);
    // Of two classes that are level, both p may be rounded to more than ½.
    const isLarge = v128.and(f64x2.gt(p, f64x2.splat(0.5)), isLargest);
    const stored = v128.bitselect(f64x2.neg(q), p, isLarge);
    v128.store(block.probabilitiesFloat64 + 2 * at, v128.and(stored, active));
    v128.store(block.slopesFloat64 + 2 * at, slope);
    v128.store64_lane(block.logits + at, f64x2.splat(0), 0);
    addTo(doubles + offsetof<SoftFour>('otherSlopes'), v128.andnot(slope, isLarge));
    addTo(doubles + offsetof<SoftFour>('largeSlopes'), v128.and(slope, isLarge));
    if (params.elementwise) addTo(doubles + offsetof<SoftFour>('losses'), loss);
    const sums = block.sums;
    if (params.allSums) {
      const isPositive = f64x2.ge(labels, f64x2.splat(0.5)); // Before smoothing.
      const crossEntropy = f64x2.neg(f64x2.mul(share, logP));
      const positive = v128.and(counts, isPositive);
      const negative = v128.andnot(counts, isPositive);
      addToSums(sums, positive, negative, loss, crossEntropy, p, q, isLargest);
      if (params.bins) {
        const weighted = f64x2.mul(crossEntropy, v128.load64_splat(options, offsetof<ClassPair>('classWeight')));
        addToBins(params.bins, positive, negative, p, q, loss, weighted, f64x2.splat(0)); // `finishFour` adds the gradients.
      }
    } else sums.negativeLoss = f64x2.add(sums.negativeLoss, loss); // Only the total loss is requested.
  }
  return popcnt(i32x4.bitmask(four.active));
}

/** Writes the gradients of what `evaluateFour` has evaluated, and adds them to the sums. */
export function finishFour(params: KernelParams, block: SoftBlock, four: SoftFour, c: u32, offset: usize): void {
  const ONE = f64x2.splat(1);
  const unit = f64x2.splat(block.slopeUnit);
  const scale = f64x2.splat(params.scale);
  for (let half: usize = 0; half < 2; half++) {
    const floats = changetype<usize>(four) + (half << 3);
    const at = offset + (half << 3);
    const doubles = changetype<usize>(four) + (half << 4);
    const stored = v128.load(block.probabilitiesFloat64 + 2 * at);
    const isLarge = f64x2.lt(stored, f64x2.splat(0));
    const p = v128.bitselect(f64x2.add(ONE, stored), stored, isLarge);
    const q = v128.bitselect(f64x2.neg(stored), f64x2.sub(ONE, stored), isLarge);
    const slope = v128.load(block.slopesFloat64 + 2 * at);
    const large = v128.load(doubles, offsetof<SoftFour>('largeSlopes'));
    const remaining = v128.load(doubles, offsetof<SoftFour>('otherSlopes'));
    const slopesOfOthers = v128.bitselect(remaining, f64x2.add(f64x2.sub(remaining, slope), large), isLarge);
    const gradient = f64x2.mul(f64x2.sub(f64x2.mul(p, slopesOfOthers), f64x2.mul(slope, q)), unit);
    v128.store64_lane(block.logits + at, f32x4.demote_f64x2_zero(f64x2.mul(gradient, scale)), 0);
    if (!params.allSums) continue;
    const labels = labelsOf(params, block, floats, c, at);
    const active = maskOf(v128.load64_zero(floats, offsetof<SoftFour>('active')));
    const counts = v128.and(active, f64x2.ne(labels, f64x2.splat(IGNORED)));
    const isPositive = f64x2.ge(labels, f64x2.splat(0.5));
    const positive = v128.and(counts, isPositive);
    const negative = v128.andnot(counts, isPositive);
    addGradients(params, block.sums, positive, negative, gradient);
    if (params.bins) addGradientsToBins(params.bins, positive, negative, p, q, gradient);
  }
}

/** Adds what `evaluateFour` has added to `block.sums` to the sums of a class, and clears it. */
export function foldSums(params: KernelParams, block: SoftBlock, c: u32): void {
  fold(params, block, c, offsetof<ClassPair>('negativeLoss'));
  if (!params.allSums) return;
  fold(params, block, c, offsetof<ClassPair>('positiveLoss'));
  fold(params, block, c, offsetof<ClassPair>('positiveCrossEntropy'));
  fold(params, block, c, offsetof<ClassPair>('positivePt'));
  fold(params, block, c, offsetof<ClassPair>('positiveCount'));
  fold(params, block, c, offsetof<ClassPair>('positivePredicted'));
  fold(params, block, c, offsetof<ClassPair>('negativeCrossEntropy'));
  fold(params, block, c, offsetof<ClassPair>('negativePt'));
  fold(params, block, c, offsetof<ClassPair>('negativeCount'));
  fold(params, block, c, offsetof<ClassPair>('negativePredicted'));
}

/** Likewise of `finishFour`. */
export function foldGradients(params: KernelParams, block: SoftBlock, c: u32): void {
  fold(params, block, c, offsetof<ClassPair>('positiveGradientL1'));
  fold(params, block, c, offsetof<ClassPair>('negativeGradientL1'));
  if (!params.gradientSquares) return;
  fold(params, block, c, offsetof<ClassPair>('positiveGradientSquares'));
  fold(params, block, c, offsetof<ClassPair>('negativeGradientSquares'));
}

@inline
function fold(params: KernelParams, block: SoftBlock, c: u32, sum: usize): void {
  const sums = changetype<usize>(block.sums) + sum;
  const total = optionsOf(params, c) + sum;
  store<f64>(total, load<f64>(total) + (load<f64>(sums) + load<f64>(sums, 8)));
  v128.store(sums, f64x2.splat(0));
}

/** The class's lane in its `ClassPair`. */
@inline
export function optionsOf(params: KernelParams, c: u32): usize {
  return changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
}

/** The labels of two samples before smoothing. */
@inline
function labelsOf(params: KernelParams, block: SoftBlock, floats: usize, c: u32, at: usize): v128 {
  if (params.dense) return f64x2.promote_low_f32x4(v128.load64_zero(block.labels + at));
  const isTrue = maskOf(i32x4.eq(v128.load64_zero(floats, offsetof<SoftFour>('trueClasses')), i32x4.splat(c)));
  return v128.and(isTrue, f64x2.splat(1));
}

/** A mask of the lower two int32 lanes, for float64. */
@inline
function maskOf(lanes: v128): v128 {
  return i64x2.extend_low_i32x4_s(lanes);
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}
