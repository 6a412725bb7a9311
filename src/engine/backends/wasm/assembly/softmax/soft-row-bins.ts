import { addGradientsToBin, addToBin, areNearEdges, isNearEdge, LAST_NEGATIVE } from '../bins';
import { KernelParams } from '../kernel-params';
import { SoftRow, splatOf } from './soft-row';
import { labelUnit } from './soft-range';
import { CROSS_ENTROPY, GRADIENT, LOSS, SIZE_OF_FOUR, slopeUnit, softSums } from './soft-sums';
import { sizeOfRow } from './softmax-remaining-classes';
import { pairAt } from '../sums';

// The bins of `difficulty` of the classes that soft-rows.ts evaluates in float32: all of them are in the last one.

/** Whether a class is so near an edge of the bins that float32 does not tell on which side. */
export function isRowNearEdge(params: KernelParams, row: SoftRow): bool {
  const inverse = splatOf(row, offsetof<SoftRow>('inverseFloat32'));
  const limits = splatOf(row, offsetof<SoftRow>('maxExp'));
  let at = row.exponentials;
  for (const end = at + sizeOfRow(params); at < end; at += 16) {
    const e = v128.load(at);
    if (v128.any_true(f32x4.gt(e, limits)) && v128.any_true(areNearEdges(f32x4.mul(e, inverse)))) return true;
  }
  return isNearEdge(row.largestP);
}

/** Adds the sums of all rows, apart from the count. */
export function addSumsToBin(params: KernelParams): void {
  let crossEntropies = f64x2.splat(0);
  let losses = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  for (let c: u32 = 0; c < params.classes; c += 2) {
    const sums = softSums(params) + usize(c >> 2) * SIZE_OF_FOUR + (usize(c & 2) << 3);
    const pair = pairAt(params, c >> 1);
    crossEntropies = f64x2.add(crossEntropies, f64x2.mul(v128.load(sums, 2 * CROSS_ENTROPY), pair.classWeight));
    losses = f64x2.add(losses, f64x2.mul(v128.load(sums, 2 * LOSS), pair.positiveAlpha));
    sizes = f64x2.add(sizes, v128.load(sums, 2 * GRADIENT));
  }
  const unit = labelUnit(params);
  addToBin(params.bins, LAST_NEGATIVE, 0, unit * sumOf(crossEntropies), unit * sumOf(losses));
  addGradientsToBin(params.bins, LAST_NEGATIVE, slopeUnit(params) * sumOf(sizes));
}

@inline
function sumOf(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}
