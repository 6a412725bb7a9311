import { KernelParams } from '../kernel-params';
import { storeExp } from '../math/softplus';
import { CROSS_ENTROPY, E_LOW, QUAD_SIZE } from './quads';

/** Computes the row's E to 1e-8 instead of 4e-8, an error that powers multiply by γ. @param at address of the predictions */
export function refineRow(params: KernelParams, row: usize, at: usize, quads: u32): void {
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16) {
    const sign = v128.and(v128.load(quad, CROSS_ENTROPY), f32x4.splat(-0.0));
    const active = f32x4.ne(v128.load(quad), f32x4.splat(0));
    storeExp(quad, E_LOW, v128.xor(v128.load(at), sign), active, params.constants);
  }
}
