import { KernelParams } from '../kernel-params';
import { demote, highHalf } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { POLYS } from './quads';

// κ, ε of Poly-1 by α, of each quad: that of negatives and that of positives, as the sum of two float32s each. What one lacks would
// be the same for all elements, so that errors would not average out.
export const POLY_SIZE: usize = 64;
export const POLY_LOW: usize = 16;
export const POSITIVE_POLY: usize = 32;

/** Prepares the factors of Poly-1 as `writeFactors` does those of labels. */
export function writePolyFactors(params: KernelParams, firstPair: u32, quads: u32): void {
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  let at = params.rows + POLYS;
  for (let i: u32 = 0; i < quads; i++, address += 2 * PAIR_SIZE, at += POLY_SIZE) {
    const first = changetype<ClassPair>(address);
    const second = changetype<ClassPair>(address + nextPair);
    storeTwo(at, polyOf(params, first, first.negativeAlpha), polyOf(params, second, second.negativeAlpha));
    storeTwo(at + POSITIVE_POLY, polyOf(params, first, first.positiveAlpha), polyOf(params, second, second.positiveAlpha));
  }
}

/**
 * κ t + sum.
 *
 * @param polys of the quad
 * @param positive mask of the positive lanes
 * @param oneSided whether the first factors of a quad are those of all lanes
 */
@inline
export function addPoly(polys: usize, positive: v128, oneSided: bool, t: v128, sum: v128): v128 {
  let high = v128.load(polys);
  let low = v128.load(polys, POLY_LOW);
  if (!oneSided) {
    high = v128.bitselect(v128.load(polys, POSITIVE_POLY), high, positive);
    low = v128.bitselect(v128.load(polys, POSITIVE_POLY + POLY_LOW), low, positive);
  }
  return multiplyAdd<f32>(high, t, multiplyAdd<f32>(low, t, sum));
}

/** 0 of a class without weight. */
@inline
function polyOf(params: KernelParams, pair: ClassPair, alpha: v128): v128 {
  const poly = f64x2.div(f64x2.mul(f64x2.splat(params.polyEpsilon), pair.classWeight), alpha);
  return v128.and(poly, f64x2.ne(alpha, f64x2.splat(0)));
}

@inline
function storeTwo(at: usize, first: v128, second: v128): void {
  const high = demote(first, second);
  const firstRest = f64x2.sub(first, f64x2.promote_low_f32x4(high));
  const secondRest = f64x2.sub(second, f64x2.promote_low_f32x4(highHalf(high)));
  v128.store(at, high);
  v128.store(at, demote(firstRest, secondRest), POLY_LOW);
}
