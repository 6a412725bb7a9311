import { KernelParams } from '../kernel-params';
import { MAX_BLOCK, sampleFactors } from './softmax-remaining-classes';

// Float32 factors of the samples of a block, each contiguous. Times the exponential of a class, the first two are p and s p,
// multiplied by `SUM_SCALE`, and the third is the gradient.

export const P: usize = 0;
export const SLOPE: usize = usize(MAX_BLOCK) << 2;
export const GRADIENT: usize = 2 * SLOPE;

/** Where a factor of sample i is. */
@inline
export function factorAt(params: KernelParams, factor: usize, i: u32): usize {
  return sampleFactors(params) + factor + (usize(i) << 2);
}

/** A factor of one sample, in all lanes. It is loaded because V8 would convert a float64 again in each round of a loop. */
@inline
export function splatFactor(params: KernelParams, factor: usize, i: u32): v128 {
  return v128.load32_splat(factorAt(params, factor, i));
}
