import { highHalf } from '../math/float32-lanes';
import { evaluationAt, factorsOf, GRADIENT_SCALE, SoftmaxSweepParams } from './softmax-sweep-params';
import { multiplyAdd } from '../math/multiply-add';
import {
  exponentials,
  GRADIENTS,
  SQUARES,
  SUM_SCALE,
  SUMS_OF_FOUR,
  sumsOfRemaining,
} from '../softmax/softmax-remaining-classes';

/** As `addRows`, of a block of `count` samples with lanes along the samples. */
export function addColumns(sweep: SoftmaxSweepParams, count: u32): void {
  const size = usize(count) << 2;
  const toSumScale = SUM_SCALE / GRADIENT_SCALE;
  const unscale = 1 / (GRADIENT_SCALE * GRADIENT_SCALE);
  const shared = sumsOfRemaining(sweep.shared);
  let row = exponentials(sweep.shared);
  for (let c: u32 = 0; c < sweep.shared.classes; c++, row += size) {
    const offset = usize(c >> 2) * SUMS_OF_FOUR + (usize(c & 3) << 3);
    add(shared + offset, sumOfProducts(row, size, factorsOf(sweep, sweep.count)));
    for (let i: u32 = 0; i < sweep.count; i++) {
      addGradients(row, size, factorsOf(sweep, i), sumsOfRemaining(evaluationAt(sweep, i)) + offset, toSumScale, unscale);
    }
  }
}

@inline
function sumOfProducts(row: usize, size: usize, factors: usize): f64 {
  let sum = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 64 <= size; i += 64) {
    const first = f32x4.mul(v128.load(row + i), v128.load(factors + i));
    const second = f32x4.mul(v128.load(row + i, 16), v128.load(factors + i, 16));
    const third = multiplyAdd<f32>(v128.load(row + i, 32), v128.load(factors + i, 32), first);
    const fourth = multiplyAdd<f32>(v128.load(row + i, 48), v128.load(factors + i, 48), second);
    sum = f32x4.add(sum, f32x4.add(third, fourth));
  }
  for (; i < size; i += 16) sum = multiplyAdd<f32>(v128.load(row + i), v128.load(factors + i), sum);
  return sumOfLanes(sum);
}

@inline
function addGradients(row: usize, size: usize, factors: usize, sums: usize, toSumScale: f64, unscale: f64): void {
  let sizes = f32x4.splat(0);
  let squares = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 64 <= size; i += 64) {
    const a = f32x4.mul(v128.load(row + i), v128.load(factors + i));
    const b = f32x4.mul(v128.load(row + i, 16), v128.load(factors + i, 16));
    const c = f32x4.mul(v128.load(row + i, 32), v128.load(factors + i, 32));
    const d = f32x4.mul(v128.load(row + i, 48), v128.load(factors + i, 48));
    sizes = f32x4.add(sizes, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    const first = multiplyAdd<f32>(a, a, f32x4.mul(b, b));
    const second = multiplyAdd<f32>(c, c, f32x4.mul(d, d));
    squares = f32x4.add(squares, f32x4.add(first, second));
  }
  for (; i < size; i += 16) {
    const a = f32x4.mul(v128.load(row + i), v128.load(factors + i));
    sizes = f32x4.add(sizes, a);
    squares = multiplyAdd<f32>(a, a, squares);
  }
  add(sums + GRADIENTS, sumOfLanes(sizes) * toSumScale);
  add(sums + SQUARES, sumOfLanes(squares) * unscale);
}

@inline
function sumOfLanes(x: v128): f64 {
  const two = f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(highHalf(x)));
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
