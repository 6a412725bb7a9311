import { KernelParams } from '../kernel-params';
import { demote } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { FACTORS, QUADS } from './quads';

/** The labels of a row: 0 and 1; two values after smoothing; or any. */
export const HARD: u32 = 0;
export const SMOOTHED: u32 = 1;
export const SOFT_LABELS: u32 = 2;

/**
 * Of the factors of a quad. Of hard labels: α of negative and −α of positive ones, divided by the denominator; of smoothed
 * ones: α of negative and positive ones, in two vectors each; of soft ones: α of the label 0, and what 1 adds to it.
 */
export const FACTORS_SIZE: usize = 64;
export const POSITIVE: usize = 32;

/** Prepares the factors of up to 4 · QUADS classes, which `evaluateRow` multiplies by. */
export function writeFactors(params: KernelParams, firstPair: u32, quads: u32, form: u32): void {
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  const scale = f64x2.splat(params.scale);
  const y = f64x2.splat(params.addedLabel);
  const n = f64x2.splat(1 - params.addedLabel);
  let address = changetype<usize>(pairAt(params, firstPair));
  let factors = params.rows + FACTORS + usize(form) * QUADS * FACTORS_SIZE;
  for (let i: u32 = 0; i < quads; i++, address += 2 * PAIR_SIZE, factors += FACTORS_SIZE) {
    const first = changetype<ClassPair>(address);
    const second = changetype<ClassPair>(address + nextPair);
    if (form == HARD) {
      const negative = demote(f64x2.mul(first.negativeAlpha, scale), f64x2.mul(second.negativeAlpha, scale));
      const positive = demote(f64x2.mul(first.positiveAlpha, scale), f64x2.mul(second.positiveAlpha, scale));
      v128.store(factors, negative);
      v128.store(factors, f32x4.neg(positive), POSITIVE); // dz/dx is −1.
    } else if (form == SMOOTHED) {
      v128.store(factors, mix(first.negativeAlpha, first.positiveAlpha, n, y));
      v128.store(factors, mix(second.negativeAlpha, second.positiveAlpha, n, y), 16);
      v128.store(factors, mix(first.positiveAlpha, first.negativeAlpha, n, y), POSITIVE);
      v128.store(factors, mix(second.positiveAlpha, second.negativeAlpha, n, y), POSITIVE + 16);
    } else {
      v128.store(factors, first.negativeAlpha);
      v128.store(factors, second.negativeAlpha, 16);
      v128.store(factors, f64x2.sub(first.positiveAlpha, first.negativeAlpha), POSITIVE);
      v128.store(factors, f64x2.sub(second.positiveAlpha, second.negativeAlpha), POSITIVE + 16);
    }
  }
}

/** a x + b y */
@inline
function mix(a: v128, b: v128, x: v128, y: v128): v128 {
  return multiplyAdd<f64>(a, x, f64x2.mul(b, y));
}

