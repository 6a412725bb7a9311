import { KernelParams } from '../kernel-params';
import { highHalf, largestLane } from '../math/float32-lanes';
import { isCounted, listClass, sampleBins, startBins } from './sample-bins';
import { exponentials, sizeOfRow } from './softmax-remaining-classes';

/** Sets the `SampleBins` of the first `count` samples of `evaluateRows`. */
export function listRows(params: KernelParams, count: u32): void {
  const size = sizeOfRow(params);
  let row = exponentials(params);
  for (let i: u32 = 0; i < count; i++, row += size) {
    if (!isCounted(params, i)) continue;
    const limit = startBins(params, i);
    let largest = f32x4.splat(0);
    for (let at = row; at < row + size; at += 16) largest = f32x4.pmax(largest, v128.load(at));
    if (largestLane(largest) > limit) listRow(params, i, row, size, limit);
  }
}

function listRow(params: KernelParams, i: u32, row: usize, size: usize, limit: f32): void {
  const limits = f32x4.splat(limit);
  let sum = f64x2.splat(0);
  for (let at = row; at < row + size; at += 16) {
    const e = v128.load(at);
    const isListed = f32x4.gt(e, limits);
    const last = v128.andnot(e, isListed);
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(last));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(highHalf(last)));
    for (let lanes = i32x4.bitmask(isListed); lanes; lanes &= lanes - 1) {
      listClass(params, i, load<f32>(at + (usize(ctz(lanes)) << 2)));
    }
  }
  sampleBins(params, i).lastSum = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Likewise of a block of `evaluateBlock`. */
export function listColumns(params: KernelParams, count: u32): void {
  for (let i: u32 = 0; i < count; i += 4) {
    let limits = f32x4.splat(limitOf(params, i));
    limits = f32x4.replace_lane(limits, 1, limitOf(params, i + 1));
    limits = f32x4.replace_lane(limits, 2, limitOf(params, i + 2));
    limits = f32x4.replace_lane(limits, 3, limitOf(params, i + 3));
    listFour(params, i, count, limits);
  }
}

/** Of a sample that does not count, nothing is listed. */
function limitOf(params: KernelParams, i: u32): f32 {
  return isCounted(params, i) ? startBins(params, i) : Infinity;
}

function listFour(params: KernelParams, i: u32, count: u32, limits: v128): void {
  const step = usize(count) << 2;
  let at = exponentials(params) + (usize(i) << 2);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (const end = at + usize(params.classes) * step; at < end; at += step) {
    const e = v128.load(at);
    const isListed = f32x4.gt(e, limits);
    const last = v128.andnot(e, isListed);
    low = f64x2.add(low, f64x2.promote_low_f32x4(last));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(last)));
    for (let lanes = i32x4.bitmask(isListed); lanes; lanes &= lanes - 1) {
      listClass(params, i + ctz(lanes), load<f32>(at + (usize(ctz(lanes)) << 2)));
    }
  }
  sampleBins(params, i).lastSum = f64x2.extract_lane(low, 0);
  sampleBins(params, i + 1).lastSum = f64x2.extract_lane(low, 1);
  sampleBins(params, i + 2).lastSum = f64x2.extract_lane(high, 0);
  sampleBins(params, i + 3).lastSum = f64x2.extract_lane(high, 1);
}
