import { highHalf, storeFour } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { factorAt, GRADIENT, P, SLOPE } from './sample-factors';
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
 * one, and adds up those of the latter: the exponentials of those two are 0. The terms of four vectors are added in float32, and
 * these sums in float64.
 */
@inline
export function addRemainingColumns(params: KernelParams, element: u32, count: u32, gather: bool): void {
  const classStep = usize(params.inner) << 2;
  const sampleStep = usize(params.classes) << 2;
  const rowSize = usize(count) << 2;
  const hasGradients = params.gradients != 0;
  let row = exponentials(params);
  let gradients = params.gradients + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, gradients += classStep) {
    let p = f64x2.splat(0);
    let sizes = f64x2.splat(0);
    let at = gradients;
    let factors = factorAt(params, 0, 0);
    const end = row + rowSize;
    do {
      let pOfFour = f32x4.splat(0);
      let sizesOfFour = f32x4.splat(0);
      const endOfFour = min(row + 64, end);
      do {
        const e = v128.load(row);
        pOfFour = multiplyAdd<f32>(e, v128.load(factors, P), pOfFour);
        sizesOfFour = multiplyAdd<f32>(e, v128.load(factors, SLOPE), sizesOfFour);
        if (hasGradients) storeFour(at, gather, sampleStep, f32x4.mul(e, v128.load(factors, GRADIENT)));
        at += gather ? 4 * sampleStep : 16;
        row += 16;
        factors += 16;
      } while (row < endOfFour);
      p = f64x2.add(p, f64x2.add(f64x2.promote_low_f32x4(pOfFour), f64x2.promote_low_f32x4(highHalf(pOfFour))));
      sizes = f64x2.add(sizes, f64x2.add(f64x2.promote_low_f32x4(sizesOfFour), f64x2.promote_low_f32x4(highHalf(sizesOfFour))));
    } while (row < end);
    const sums = sumsOfRemaining(params) + usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 3) << 3);
    addLanes(sums, p);
    addLanes(sums + GRADIENTS, sizes);
    if (params.gradientSquares) addLanes(sums + SQUARES, squaresOf(params, end - rowSize, rowSize));
  }
}

/** The sums of the squares of a class's gradients. */
function squaresOf(params: KernelParams, row: usize, rowSize: usize): v128 {
  let squares = f64x2.splat(0);
  let pairs = changetype<usize>(pairOf(params, 0));
  for (const end = row + rowSize; row < end; row += 8, pairs += SAMPLE_PAIR_SIZE) {
    const gradient = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row)), changetype<SamplePair>(pairs).slopeFactor);
    squares = f64x2.add(squares, f64x2.mul(gradient, gradient));
  }
  return squares;
}

@inline
function addLanes(at: usize, lanes: v128): void {
  store<f64>(at, load<f64>(at) + f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1));
}
