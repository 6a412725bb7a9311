import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { evaluationAt, factorsOf, GRADIENT_SCALE, SoftmaxSweepParams } from './softmax-sweep-params';
import {
  exponentials,
  GRADIENTS,
  sizeOfRow,
  SQUARES,
  SUM_SCALE,
  SUMS_OF_FOUR,
  sumsOfRemaining,
} from '../softmax/softmax-remaining-classes';

/**
 * Adds p, and |gradient| and its square of every evaluation, of a block of samples whose classes are contiguous: of the classes
 * that are neither the true nor the largest one. The terms of the samples are added in float32, and these sums in float64.
 *
 * @param rows a multiple of 4
 */
export function addRows(sweep: SoftmaxSweepParams, rows: u32): void {
  const row = exponentials(sweep.shared);
  addProbabilities(sweep.shared, row, factorsOf(sweep, sweep.count), rows);
  for (let i: u32 = 0; i < sweep.count; i++) {
    addGradients(sweep.shared, row, factorsOf(sweep, i), rows, sumsOfRemaining(evaluationAt(sweep, i)));
  }
}

function addProbabilities(params: KernelParams, row: usize, factors: usize, rows: u32): void {
  const step = sizeOfRow(params);
  const lastFactor = factors + (usize(rows) << 2);
  let sums = sumsOfRemaining(params);
  for (const end = row + step; row < end; row += 16, sums += SUMS_OF_FOUR) {
    let p = f32x4.splat(0);
    let at = row;
    for (let factor = factors; factor < lastFactor; factor += 16, at += 4 * step) {
      const first = f32x4.mul(v128.load(at), v128.load32_splat(factor));
      const second = f32x4.mul(v128.load(at + step), v128.load32_splat(factor, 4));
      const third = multiplyAdd<f32>(v128.load(at + 2 * step), v128.load32_splat(factor, 8), first);
      const fourth = multiplyAdd<f32>(v128.load(at + 3 * step), v128.load32_splat(factor, 12), second);
      p = f32x4.add(p, f32x4.add(third, fourth));
    }
    addTo(sums, f64x2.promote_low_f32x4(p));
    addTo(sums + 16, f64x2.promote_low_f32x4(highHalf(p)));
  }
}

function addGradients(params: KernelParams, row: usize, factors: usize, rows: u32, sums: usize): void {
  const step = sizeOfRow(params);
  const lastFactor = factors + (usize(rows) << 2);
  const toSumScale = f32x4.splat(f32(SUM_SCALE / GRADIENT_SCALE));
  const unscale = f64x2.splat(1 / (GRADIENT_SCALE * GRADIENT_SCALE));
  for (const end = row + step; row < end; row += 16, sums += SUMS_OF_FOUR) {
    let sizes = f32x4.splat(0);
    let squares = f32x4.splat(0);
    let at = row;
    for (let factor = factors; factor < lastFactor; factor += 16, at += 4 * step) {
      const a = f32x4.mul(v128.load(at), v128.load32_splat(factor));
      const b = f32x4.mul(v128.load(at + step), v128.load32_splat(factor, 4));
      const c = f32x4.mul(v128.load(at + 2 * step), v128.load32_splat(factor, 8));
      const d = f32x4.mul(v128.load(at + 3 * step), v128.load32_splat(factor, 12));
      sizes = f32x4.add(sizes, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      const first = multiplyAdd<f32>(a, a, f32x4.mul(b, b));
      const second = multiplyAdd<f32>(c, c, f32x4.mul(d, d));
      squares = f32x4.add(squares, f32x4.add(first, second));
    }
    sizes = f32x4.mul(sizes, toSumScale);
    addTo(sums + GRADIENTS, f64x2.promote_low_f32x4(sizes));
    addTo(sums + GRADIENTS + 16, f64x2.promote_low_f32x4(highHalf(sizes)));
    addTo(sums + SQUARES, f64x2.mul(f64x2.promote_low_f32x4(squares), unscale));
    addTo(sums + SQUARES + 16, f64x2.mul(f64x2.promote_low_f32x4(highHalf(squares)), unscale));
  }
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}
