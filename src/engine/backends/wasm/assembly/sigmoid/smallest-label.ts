import { KernelParams } from '../kernel-params';

/**
 * The smallest dense label above 0, or 1 if none is.
 *
 * @param from the first sample; a part has whole outer slices
 */
export function smallestLabel(params: KernelParams, from: u32, to: u32): f64 {
  const ONE = f32x4.splat(1);
  let at = params.labels + ((usize(from) * params.classes) << 2);
  const end = params.labels + ((usize(to) * params.classes) << 2);
  let smallest = ONE;
  for (; at + 16 <= end; at += 16) {
    const label = v128.load(at);
    smallest = f32x4.pmin(smallest, v128.bitselect(label, ONE, f32x4.gt(label, f32x4.splat(0))));
  }
  let rest = f32x4.extract_lane(smallest, 0);
  for (let lane: u32 = 1; lane < 4; lane++) {
    smallest = i32x4.shuffle(smallest, smallest, 1, 2, 3, 0);
    rest = min(rest, f32x4.extract_lane(smallest, 0));
  }
  for (; at < end; at += 4) {
    const label = load<f32>(at);
    if (label > 0) rest = min(rest, label);
  }
  return rest;
}
