import { KernelParams } from '../kernel-params';
import { E_LOW, QUAD_SIZE } from './quads';

// Labels above 0 and below `params.minLabel`. Vectors of four with such a label are evaluated in float64, as those with a logit
// beyond the limit are.

/** Whether one of four elements has such a label. */
@inline
export function hasTinyLabel(params: KernelParams, element: u32): bool {
  return params.minLabel > 0 && isAnyTiny(v128.load(params.labels + (usize(element) << 2)), f32(params.minLabel));
}

/** Clears those vectors of a row of `loadSoftRow`. @returns whether there are any */
export function clearTinyLabels(row: usize, labelsAt: usize, quads: u32, minLabel: f32): bool {
  let found = false;
  const end = row + usize(quads) * QUAD_SIZE;
  for (let quad = row; quad < end; quad += QUAD_SIZE, labelsAt += 16) {
    if (!isAnyTiny(v128.load(labelsAt), minLabel)) continue;
    v128.store(quad, f32x4.splat(0));
    v128.store(quad, f32x4.splat(0), E_LOW);
    found = true;
  }
  return found;
}

@inline
function isAnyTiny(labels: v128, minLabel: f32): bool {
  return v128.any_true(v128.and(f32x4.gt(labels, f32x4.splat(0)), f32x4.lt(labels, f32x4.splat(minLabel))));
}
