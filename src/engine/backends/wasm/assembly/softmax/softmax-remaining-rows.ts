import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { GRADIENT, P, SLOPE, splatFactor } from './sample-factors';
import { indexOf, laneOf, pairOf, SamplePair } from './softmax-pair';
import {
  exponentials,
  GRADIENTS,
  sizeOfRow,
  SQUARES,
  SUMS_OF_FOUR,
  sumsOfRemaining,
} from './softmax-remaining-classes';

// The results of all classes of a sample, computed as for the classes that are neither the true nor the largest one. The
// exponentials of those two are 0.

/** Writes the gradients of sample i of the block, whose exponentials are in `row`. */
export function writeGradients(params: KernelParams, i: u32, row: usize): void {
  const factors = splatFactor(params, GRADIENT, i);
  const gradients = params.gradients + (usize(indexOf(pairOf(params, i), offsetof<SamplePair>('elements'), i & 1)) << 2);
  const size = usize(params.classes) << 2;
  let at: usize = 0;
  for (; at + 16 <= size; at += 16) v128.store(gradients + at, f32x4.mul(v128.load(row + at), factors));
  for (; at < size; at += 4) store<f32>(gradients + at, load<f32>(row + at) * f32x4.extract_lane(factors, 0));
}

/**
 * Adds p, and |gradient|, of the samples of two pairs. The four terms of a class are added in float32, times `SUM_SCALE`, and
 * these sums in float64.
 */
export function addRemaining(params: KernelParams): void {
  const pA = splatFactor(params, P, 0);
  const pB = splatFactor(params, P, 1);
  const pC = splatFactor(params, P, 2);
  const pD = splatFactor(params, P, 3);
  const slopeA = splatFactor(params, SLOPE, 0);
  const slopeB = splatFactor(params, SLOPE, 1);
  const slopeC = splatFactor(params, SLOPE, 2);
  const slopeD = splatFactor(params, SLOPE, 3);
  const step = sizeOfRow(params);
  let sums = sumsOfRemaining(params);
  let at = exponentials(params);
  const end = at + step;
  for (; at < end; at += 16, sums += SUMS_OF_FOUR) {
    const a = v128.load(at);
    const b = v128.load(at + step);
    const c = v128.load(at + 2 * step);
    const d = v128.load(at + 3 * step);
    const p = addFour(a, pA, b, pB, c, pC, d, pD);
    const sizes = addFour(a, slopeA, b, slopeB, c, slopeC, d, slopeD);
    addTo(sums, f64x2.promote_low_f32x4(p));
    addTo(sums + 16, f64x2.promote_low_f32x4(highHalf(p)));
    addTo(sums + GRADIENTS, f64x2.promote_low_f32x4(sizes));
    addTo(sums + GRADIENTS + 16, f64x2.promote_low_f32x4(highHalf(sizes)));
  }
  if (!params.gradientSquares) return;
  for (let i: u32 = 0; i < 4; i++) {
    const slope = laneOf(pairOf(params, i), offsetof<SamplePair>('slopeFactor'), i & 1);
    addSquares(params, exponentials(params) + usize(i) * step, slope);
  }
}

/** a · fA + b · fB + c · fC + d · fD */
@inline
function addFour(a: v128, fA: v128, b: v128, fB: v128, c: v128, fC: v128, d: v128, fD: v128): v128 {
  return f32x4.add(multiplyAdd<f32>(a, fA, f32x4.mul(b, fB)), multiplyAdd<f32>(c, fC, f32x4.mul(d, fD)));
}

/** Adds the squares of the gradients of one sample. */
function addSquares(params: KernelParams, row: usize, slope: f64): void {
  const slopes = f64x2.splat(slope);
  let sums = sumsOfRemaining(params) + SQUARES;
  for (const end = row + sizeOfRow(params); row < end; row += 16, sums += SUMS_OF_FOUR) {
    const e = v128.load(row);
    const low = f64x2.mul(f64x2.promote_low_f32x4(e), slopes);
    const high = f64x2.mul(f64x2.promote_low_f32x4(highHalf(e)), slopes);
    addTo(sums, f64x2.mul(low, low));
    addTo(sums + 16, f64x2.mul(high, high));
  }
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}
