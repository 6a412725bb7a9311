import { KernelParams } from '../kernel-params';
import { reduced } from '../math/exp-float32';
import { multiplyAdd } from '../math/multiply-add';
import { addLog1p } from '../math/softplus';
import { completeExponentials } from './complete-exponentials';
import { CROSS_ENTROPY, E_LOW, GRADIENT_L1, LOSS, PT, QUAD_SIZE } from './quads';

// Of a sample with a class index, all elements but one are negative: z = x, and no element needs a mask. These rows take three
// quarters of the time of those of `loadRow`.

/**
 * As `loadRow`, as if all elements were negative.
 *
 * @param at address of the predictions
 * @returns false if a logit is beyond the limit; the row is not loaded then
 */
export function loadNegativeRow(params: KernelParams, row: usize, at: usize, quads: u32, limit: f32): bool {
  const constants = params.constants;
  const one = constants.oneFloat32;
  const log2E = constants.log2EFloat32;
  const rounder = constants.rounderFloat32;
  const ln2High = constants.ln2High;
  const ln2Low = constants.ln2Low;
  const end = row + usize(quads) * QUAD_SIZE;
  let largest = f32x4.splat(0);
  let from = at;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
    const x = v128.load(from);
    // Without the sign, the bits of a float32 are in the order of |x|.
    largest = i32x4.max_u(largest, i32x4.shl(x, 1));
    const rounded = multiplyAdd<f32>(x, log2E, rounder);
    v128.store(quad, i32x4.add(one, i32x4.shl(rounded, 23)));
    v128.store(quad, reduced(x, rounded, rounder, ln2High, ln2Low), E_LOW);
  }
  if (v128.any_true(i32x4.gt_u(largest, i32x4.shl(f32x4.splat(limit), 1)))) return false;
  completeExponentials(row, end, constants);
  const ZERO = f32x4.splat(0);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  from = at;
  for (let quad = row; quad < end; quad += QUAD_SIZE, from += 16) {
    const e = f32x4.add(v128.load(quad), v128.load(quad, E_LOW));
    v128.store(quad, addLog1p(e, f32x4.pmax(v128.load(from), ZERO), one, b1, b2, b3, b4), CROSS_ENTROPY);
  }
  return true;
}

/** A row, with its gradients, of a sample that contributes nothing. */
export function clearRow(params: KernelParams, row: usize, at: usize, quads: u32): void {
  const ZERO = f32x4.splat(0);
  const end = row + usize(quads) * QUAD_SIZE;
  const step: usize = params.gradients ? 16 : 0;
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += step) {
    v128.store(quad, ZERO, LOSS);
    v128.store(quad, ZERO, GRADIENT_L1);
    v128.store(quad, ZERO, CROSS_ENTROPY);
    v128.store(quad, ZERO, PT);
    v128.store(at, ZERO);
  }
}
