import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { SoftRow, splatOf } from './soft-row';
import { GRADIENT, P, ROW_SUMS_OF_FOUR, rowSums, SIZE_OF_FOUR, slopeUnit, softSums, SQUARES } from './soft-sums';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';

/** Writes the gradients of all classes, and adds up those of the classes in float32. */
export function addGradients(params: KernelParams, row: SoftRow, element: u32): void {
  const inverse = splatOf(row, offsetof<SoftRow>('inverseFloat32'));
  const slopeSum = splatOf(row, offsetof<SoftRow>('slopeSum'));
  const scale = f32x4.splat(f32(params.scale * slopeUnit(params)));
  const exps = exponentials(params);
  const slopes = exps + 2 * sizeOfRow(params);
  const gradients = params.gradients + (usize(element) << 2);
  const end = usize(params.classes) << 2;
  let sums = rowSums(params);
  for (let i: usize = 0; i < end; i += 16, sums += ROW_SUMS_OF_FOUR) {
    const p = f32x4.mul(v128.load(exps + i), inverse);
    const slope = v128.load(slopes + i);
    // p_j Σ_{c≠j} s_c − s_j q_j
    const gradient = f32x4.sub(f32x4.mul(p, slopeSum), slope);
    if (params.gradients) {
      const scaled = f32x4.mul(gradient, scale);
      if (i + 16 <= end) v128.store(gradients + i, scaled);
      else storeRemaining(gradients + i, scaled, params.classes & 3);
    }
    if (!params.allSums) continue;
    addTo(sums + P, p);
    addTo(sums + GRADIENT, f32x4.abs(gradient));
    if (params.gradientSquares) addSquares(params, i, gradient);
  }
}

function storeRemaining(at: usize, values: v128, count: u32): void {
  v128.store32_lane(at, values, 0);
  if (count > 1) v128.store32_lane(at + 4, values, 1);
  if (count > 2) v128.store32_lane(at + 8, values, 2);
}

/** Adds the squares of the gradients of four classes in float64: float32 cannot hold them. */
function addSquares(params: KernelParams, i: usize, gradient: v128): void {
  const sums = softSums(params) + (i >> 4) * SIZE_OF_FOUR + SQUARES;
  const low = f64x2.promote_low_f32x4(gradient);
  const high = f64x2.promote_low_f32x4(highHalf(gradient));
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(low, low)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.mul(high, high)), 16);
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f32x4.add(v128.load(at), values));
}
