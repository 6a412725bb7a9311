import { highHalf, magnitude } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { subtractProduct } from '../math/multiply-add';
import { SoftRow, splatOf } from './soft-row';
import { GRADIENT, P, ROW_SUMS_OF_FOUR, rowSums, SIZE_OF_FOUR, slopeUnit, softSums, SQUARES } from './soft-sums';

/** Writes the gradients of all classes, and adds up those of the classes in float32. */
export function addGradients(params: KernelParams, row: SoftRow): void {
  const scale = f32x4.splat(-f32(params.scale * slopeUnit(params)));
  const inverse = splatOf(row, offsetof<SoftRow>('inverseFloat32'));
  const slopeSum = splatOf(row, offsetof<SoftRow>('slopeSum'));
  const hasGradients = params.gradients != 0;
  const allSums = params.allSums != 0;
  let at = row.exponentials;
  const slopes = row.slopesAt - at;
  const gradients = params.gradients + (usize(row.element) << 2) - at;
  const end = at + ((usize(params.classes) << 2) & ~31);
  const rowEnd = at + (usize(params.classes) << 2);
  let sums = rowSums(params);
  do {
    const pA = f32x4.mul(v128.load(at), inverse);
    const pB = f32x4.mul(v128.load(at, 16), inverse);
    const a = oppositeGradient(pA, v128.load(at + slopes), slopeSum);
    const b = oppositeGradient(pB, v128.load(at + slopes, 16), slopeSum);
    if (hasGradients) {
      v128.store(at + gradients, f32x4.mul(a, scale));
      v128.store(at + gradients, f32x4.mul(b, scale), 16);
    }
    if (allSums) {
      v128.store(sums, f32x4.add(v128.load(sums, P), pA), P);
      v128.store(sums, f32x4.add(v128.load(sums, GRADIENT), magnitude(a)), GRADIENT);
      v128.store(sums, f32x4.add(v128.load(sums, ROW_SUMS_OF_FOUR + P), pB), ROW_SUMS_OF_FOUR + P);
      v128.store(sums, f32x4.add(v128.load(sums, ROW_SUMS_OF_FOUR + GRADIENT), magnitude(b)), ROW_SUMS_OF_FOUR + GRADIENT);
    }
    at += 32;
    sums += 2 * ROW_SUMS_OF_FOUR;
  } while (at < end);
  for (; at < rowEnd; at += 16, sums += ROW_SUMS_OF_FOUR) {
    const p = f32x4.mul(v128.load(at), inverse);
    const opposite = oppositeGradient(p, v128.load(at + slopes), slopeSum);
    if (hasGradients) {
      if (at + 16 <= rowEnd) v128.store(at + gradients, f32x4.mul(opposite, scale));
      else storeRemaining(at + gradients, f32x4.mul(opposite, scale), params.classes & 3);
    }
    if (!allSums) continue;
    v128.store(sums, f32x4.add(v128.load(sums, P), p), P);
    v128.store(sums, f32x4.add(v128.load(sums, GRADIENT), magnitude(opposite)), GRADIENT);
  }
  if (params.gradientSquares) addSquares(params, row, inverse, slopeSum);
}

/** s_j q_j − p_j Σ_{c≠j} s_c */
@inline
function oppositeGradient(p: v128, slope: v128, slopeSum: v128): v128 {
  return subtractProduct<f32>(slope, p, slopeSum);
}

function storeRemaining(at: usize, values: v128, count: u32): void {
  v128.store32_lane(at, values, 0);
  if (count > 1) v128.store32_lane(at + 4, values, 1);
  if (count > 2) v128.store32_lane(at + 8, values, 2);
}

/** Adds the squares of the gradients in float64: float32 cannot hold them. */
function addSquares(params: KernelParams, row: SoftRow, inverse: v128, slopeSum: v128): void {
  const size = usize(params.classes) << 2;
  let sums = softSums(params) + SQUARES;
  for (let i: usize = 0; i < size; i += 16, sums += SIZE_OF_FOUR) {
    const p = f32x4.mul(v128.load(row.exponentials + i), inverse);
    const gradient = oppositeGradient(p, v128.load(row.slopesAt + i), slopeSum);
    const low = f64x2.promote_low_f32x4(gradient);
    const high = f64x2.promote_low_f32x4(highHalf(gradient));
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(low, low)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.mul(high, high)), 16);
  }
}
