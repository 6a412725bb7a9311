import { highHalf, storeFour } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { pairOf, SamplePair } from './softmax-pair';
import {
  exponentials,
  GRADIENTS,
  SAMPLE_PAIR_SIZE,
  SQUARES,
  SUMS_OF_FOUR,
  sumsOfRemaining,
} from './softmax-remaining-classes';

/**
 * Writes the gradients of all classes of a block of samples, computed as for those that are neither the true nor the largest
 * one, and adds up those of the latter: the exponentials of those two are 0.
 */
@inline
export function addRemainingColumns(params: KernelParams, element: u32, count: u32, gather: bool): void {
  const classStep = usize(params.inner) << 2;
  const sampleStep = usize(params.classes) << 2;
  const rowSize = usize(count) << 2;
  const hasGradients = params.gradients != 0;
  const scale = f64x2.splat(params.scale);
  let row = exponentials(params);
  let gradients = params.gradients + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, gradients += classStep) {
    let p = f64x2.splat(0);
    let sizes = f64x2.splat(0);
    let squares = f64x2.splat(0);
    let at = gradients;
    let pairs = changetype<usize>(pairOf(params, 0));
    const end = row + rowSize;
    for (; row < end; row += 16, at += gather ? 4 * sampleStep : 16, pairs += 2 * SAMPLE_PAIR_SIZE) {
      const first = changetype<SamplePair>(pairs);
      const second = changetype<SamplePair>(pairs + SAMPLE_PAIR_SIZE);
      const e = v128.load(row);
      const a = f64x2.promote_low_f32x4(e);
      const b = f64x2.promote_low_f32x4(highHalf(e));
      const gradientA = f64x2.mul(a, first.slopeFactor);
      const gradientB = f64x2.mul(b, second.slopeFactor);
      if (hasGradients) {
        const scaledA = f32x4.demote_f64x2_zero(f64x2.mul(gradientA, scale));
        const scaledB = f32x4.demote_f64x2_zero(f64x2.mul(gradientB, scale));
        storeFour(at, gather, sampleStep, i64x2.shuffle(scaledA, scaledB, 0, 2));
      }
      p = f64x2.add(p, multiplyAdd<f64>(a, first.pFactor, f64x2.mul(b, second.pFactor)));
      sizes = f64x2.add(sizes, f64x2.add(gradientA, gradientB));
      squares = f64x2.add(squares, f64x2.add(f64x2.mul(gradientA, gradientA), f64x2.mul(gradientB, gradientB)));
    }
    const sums = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 3) << 3);
    addLanes(sums, p);
    addLanes(sums + GRADIENTS, sizes);
    if (params.gradientSquares) addLanes(sums + SQUARES, squares);
  }
}

@inline
function addLanes(at: usize, lanes: v128): void {
  store<f64>(at, load<f64>(at) + f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1));
}
