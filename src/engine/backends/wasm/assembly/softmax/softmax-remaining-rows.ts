import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { indexOf, laneOf, SamplePair } from './softmax-pair';
import { exponentials, GRADIENTS, sizeOfRow, SQUARES, SUMS_OF_FOUR, sumsOfRemaining } from './softmax-remaining-classes';

// The results of all classes of a sample, computed as for the classes that are neither the true nor the largest one. The
// exponentials of those two are 0.

/** Writes the gradients of the sample in one lane of the pair. */
export function writeGradients(params: KernelParams, pair: SamplePair, lane: usize): void {
  const factor = f32(laneOf(pair, offsetof<SamplePair>('slopeFactor'), lane) * params.scale);
  const factors = f32x4.splat(factor);
  const row = exponentials(params) + lane * sizeOfRow(params);
  const gradients = params.gradients + (usize(indexOf(pair, offsetof<SamplePair>('elements'), lane)) << 2);
  const size = usize(params.classes) << 2;
  let i: usize = 0;
  for (; i + 16 <= size; i += 16) v128.store(gradients + i, f32x4.mul(v128.load(row + i), factors));
  for (; i < size; i += 4) store<f32>(gradients + i, load<f32>(row + i) * factor);
}

/** Adds p, and |gradient|, of the samples of the pair. */
export function addRemaining(params: KernelParams, pair: SamplePair): void {
  const pA = f64x2.splat(laneOf(pair, offsetof<SamplePair>('pFactor'), 0));
  const pB = f64x2.splat(laneOf(pair, offsetof<SamplePair>('pFactor'), 1));
  const slopeA = f64x2.splat(laneOf(pair, offsetof<SamplePair>('slopeFactor'), 0));
  const slopeB = f64x2.splat(laneOf(pair, offsetof<SamplePair>('slopeFactor'), 1));
  const squares = params.gradientSquares;
  let sums = sumsOfRemaining(params);
  let at = exponentials(params);
  const step = sizeOfRow(params);
  const end = at + step;
  for (; at < end; at += 16, sums += SUMS_OF_FOUR) {
    const a = v128.load(at);
    const b = v128.load(at + step);
    addTwo(sums, f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b), pA, pB, slopeA, slopeB, squares);
    const highA = f64x2.promote_low_f32x4(highHalf(a));
    const highB = f64x2.promote_low_f32x4(highHalf(b));
    addTwo(sums + 16, highA, highB, pA, pB, slopeA, slopeB, squares);
  }
}

/** Adds two classes of both samples. */
@inline
function addTwo(
  sums: usize,
  a: v128,
  b: v128,
  pA: v128,
  pB: v128,
  slopeA: v128,
  slopeB: v128,
  squares: u32,
): void {
  addTo(sums, multiplyAdd<f64>(a, pA, f64x2.mul(b, pB)));
  const gradientA = f64x2.mul(a, slopeA);
  const gradientB = f64x2.mul(b, slopeB);
  addTo(sums + GRADIENTS, f64x2.add(gradientA, gradientB));
  if (squares) addTo(sums + SQUARES, f64x2.add(f64x2.mul(gradientA, gradientA), f64x2.mul(gradientB, gradientB)));
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}
