import type { FloatFormat } from '../core/float-format.ts';

/** The least tolerance, for probabilities that were computed in float32, or written with a few decimals. */
const MIN_TOLERANCE = 1e-3;

/** By how much rounding to nearest changes a number at most, relative to it: 2^-p for p bits of significand. */
const UNIT_ROUNDOFF: Readonly<Record<FloatFormat, number>> = {
  F64: 2 ** -53,
  F32: 2 ** -24,
  F16: 2 ** -11,
  BF16: 2 ** -8,
};
/** The distance of subnormal numbers: 250 000 classes have probabilities that float16 has no other numbers for. */
const SUBNORMAL_SPACING: Readonly<Record<FloatFormat, number>> = {
  F64: 2 ** -1074,
  F32: 2 ** -149,
  F16: 2 ** -24,
  BF16: 2 ** -133,
};

/**
 * The largest deviation from 1 of the sum of a softmax sample's probabilities.
 *
 * Rounding changes a probability p by u p at most, or by half of the spacing of subnormal numbers. So a sum of 1 changes by u,
 * and by that for each class.
 */
export function sumTolerance(format: FloatFormat, classes: number): number {
  return Math.max(MIN_TOLERANCE, UNIT_ROUNDOFF[format] + (classes * SUBNORMAL_SPACING[format]) / 2);
}
