import { KernelParams } from '../kernel-params';
import { demote } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { FACTORS, QUADS } from './quads';

/** The labels of a row: 0 and 1; or any, such as smoothed ones. */
export const HARD: u32 = 0;
export const SOFT_LABELS: u32 = 1;

/**
 * Of the factors of a quad. Of hard labels: α of negative and −α of positive ones, divided by the denominator; of soft ones: α of
 * the label 0, smoothed, and what 1 adds to it, in two vectors each.
 */
export const FACTORS_SIZE: usize = 64;
export const POSITIVE: usize = 32;

/** The factors of a row. */
@inline
export function factorsOf(params: KernelParams, form: u32): usize {
  return params.rows + FACTORS + usize(form) * QUADS * FACTORS_SIZE;
}

/** Prepares the factors of up to 4 · QUADS classes, which `evaluateRow` multiplies by. */
export function writeFactors(params: KernelParams, firstPair: u32, quads: u32, form: u32): void {
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  const scale = f64x2.splat(params.scale);
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  let address = changetype<usize>(pairAt(params, firstPair));
  let factors = factorsOf(params, form);
  for (let i: u32 = 0; i < quads; i++, address += 2 * PAIR_SIZE, factors += FACTORS_SIZE) {
    const first = changetype<ClassPair>(address);
    const second = changetype<ClassPair>(address + nextPair);
    if (form == HARD) {
      const negative = demote(f64x2.mul(first.negativeAlpha, scale), f64x2.mul(second.negativeAlpha, scale));
      const positive = demote(f64x2.mul(first.positiveAlpha, scale), f64x2.mul(second.positiveAlpha, scale));
      v128.store(factors, negative);
      v128.store(factors, f32x4.neg(positive), POSITIVE); // dz/dx is −1.
    } else {
      storeSoft(factors, first, kept, added);
      storeSoft(factors + 16, second, kept, added);
    }
  }
}

@inline
function storeSoft(factors: usize, pair: ClassPair, kept: v128, added: v128): void {
  const slope = f64x2.sub(pair.positiveAlpha, pair.negativeAlpha);
  v128.store(factors, multiplyAdd<f64>(slope, added, pair.negativeAlpha));
  v128.store(factors, f64x2.mul(slope, kept), POSITIVE);
}
