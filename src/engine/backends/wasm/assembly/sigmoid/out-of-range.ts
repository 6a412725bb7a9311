import { E_LOW, QUAD_SIZE } from './quads';

/** What loading a row has found: vectors of four with a logit beyond the limit, which it has cleared. */
export const OUT_OF_RANGE: u32 = 2;

/** Whether any lane of float32 logits is beyond the limit of the float32 kernels. */
@inline
export function isOutOfRange(x: v128, limit: f32): bool {
  return v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(limit)));
}

/** @param at address of the predictions */
export function clearOutOfRange(row: usize, end: usize, at: usize, limit: f32): void {
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16) {
    if (!isOutOfRange(v128.load(at), limit)) continue;
    v128.store(quad, f32x4.splat(0));
    v128.store(quad, f32x4.splat(0), E_LOW);
  }
}
