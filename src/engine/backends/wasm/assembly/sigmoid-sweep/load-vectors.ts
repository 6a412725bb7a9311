import { addOutOfRange } from './out-of-range-lanes';
import { Vector, vectorAt } from './records';
import { COUNT, HALF, PREDICTED, SIDE, SweepParams } from './sweep-params';
import { IGNORED } from '../kernel-params';
import { MAX_EXP_ARGUMENT, storeExp } from '../math/softplus';

/**
 * Loads vectors with the same sums into the block, and adds their counts to the sums. Lanes with a logit outside the range of
 * the float32 exponential, or a large weight, are evaluated at once, and contribute nothing afterwards.
 *
 * @param at offset of the first vector in tensors of the predictions' shape; `step` leads to the next one
 * @param sampleAt likewise in tensors with one number per sample
 * @param vectors up to VECTORS
 * @param lanes number of lanes of each vector that hold elements
 * @param c class of the first lane
 */
export function loadVectors(
  params: SweepParams,
  at: usize,
  step: usize,
  sampleAt: usize,
  sampleStep: usize,
  vectors: u32,
  lanes: u32,
  c: u32,
  sums: usize,
): void {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const lanesAreSamples = params.lanesAreSamples != 0;
  const present = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
  const classes = i32x4.add(i32x4.splat(c), lanesAreSamples ? ZERO : i32x4(0, 1, 2, 3));
  const eLow = offsetof<Vector>('eLow') - offsetof<Vector>('e');
  let positives = ZERO;
  let positivesPredicted = ZERO;
  let negatives = ZERO;
  let negativesPredicted = ZERO;
  for (let i: u32 = 0; i < vectors; i++, at += step, sampleAt += sampleStep) {
    const vector = vectorAt(params, i);
    const x = loadLanes(params.predictions + at, lanes);
    let positive: v128;
    let ignored: v128;
    if (params.dense) {
      const label = loadLanes(params.labels + at, lanes);
      positive = f32x4.eq(label, constants.oneFloat32);
      ignored = f32x4.eq(label, f32x4.splat(f32(IGNORED)));
    } else {
      const labelsAt = params.labels + sampleAt;
      const label = lanesAreSamples ? loadLanes(labelsAt, lanes) : v128.load32_splat(labelsAt);
      positive = i32x4.eq(label, classes);
      ignored = i32x4.eq(label, i32x4.splat(IGNORED));
    }
    let active = v128.andnot(present, ignored);
    positive = v128.and(positive, active);
    const predicted = v128.and(f32x4.ge(x, ZERO), active);
    // A lane of a mask is −1.
    positives = i32x4.sub(positives, positive);
    positivesPredicted = i32x4.sub(positivesPredicted, v128.and(predicted, positive));
    negatives = i32x4.sub(negatives, v128.andnot(active, positive));
    negativesPredicted = i32x4.sub(negativesPredicted, v128.andnot(predicted, positive));
    if (params.sampleWeights) {
      const weightAt = params.sampleWeights + sampleAt;
      vector.weight = lanesAreSamples ? loadLanes(weightAt, lanes) : v128.load32_splat(weightAt);
    }
    const z = v128.xor(x, v128.and(positive, f32x4.splat(-0.0)));
    let tooLarge = f32x4.gt(f32x4.abs(x), f32x4.splat(MAX_EXP_ARGUMENT));
    if (params.sampleWeights) tooLarge = v128.or(tooLarge, f32x4.gt(vector.weight, f32x4.splat(MAX_WEIGHT)));
    tooLarge = v128.and(tooLarge, active);
    if (v128.any_true(tooLarge)) {
      vector.z = z;
      vector.positive = positive;
      vector.active = tooLarge;
      addOutOfRange(params, vector, sums);
      active = v128.andnot(active, tooLarge);
    }
    vector.z = v128.and(z, active);
    vector.positive = positive;
    vector.active = active;
    storeExp(changetype<usize>(vector) + offsetof<Vector>('e'), eLow, vector.z, active, constants);
  }
  addCounts(sums + COUNT, positives);
  addCounts(sums + COUNT + SIDE, negatives);
  addCounts(sums + PREDICTED, positivesPredicted);
  addCounts(sums + PREDICTED + SIDE, negativesPredicted);
}

/** So that the sums of squares of scaled terms do not overflow: 2^12. */
const MAX_WEIGHT: f32 = 4096;

/** Loads as many lanes as hold elements: behind them the tensor's memory may end. */
@inline
export function loadLanes(at: usize, lanes: u32): v128 {
  if (lanes == 4) return v128.load(at);
  let x = v128.load32_zero(at);
  if (lanes > 1) x = v128.load32_lane(at + 4, x, 1);
  if (lanes > 2) x = v128.load32_lane(at + 8, x, 2);
  return x;
}

@inline
export function addCounts(at: usize, counts: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.convert_low_i32x4_u(counts)));
  const upper = i32x4.shuffle(counts, counts, 2, 3, 2, 3);
  v128.store(at + HALF, f64x2.add(v128.load(at + HALF), f64x2.convert_low_i32x4_u(upper)));
}
