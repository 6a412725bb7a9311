import { KernelParams } from '../kernel-params';
import { signBits } from '../math/float32-lanes';
import { storeExp } from '../math/softplus';
import { HARD } from './label-factors';
import { CROSS_ENTROPY, E_LOW, QUAD_SIZE } from './quads';

/** Computes the row's E to 1e-8 instead of 4e-8, an error that powers multiply by γ. @param at address of the predictions */
export function refineRow(params: KernelParams, row: usize, at: usize, quads: u32, form: u32): void {
  const SIGN = signBits(params.constants.oneFloat32);
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16) {
    const x = v128.load(at);
    const z = form == HARD ? v128.xor(x, v128.and(v128.load(quad, CROSS_ENTROPY), SIGN)) : v128.or(x, SIGN);
    const active = f32x4.ne(v128.load(quad), f32x4.splat(0));
    storeExp(quad, E_LOW, z, active, params.constants);
  }
}
