import { addCounts, count } from './count-labels';
import { classesOfLanes, loadLanes, loadOfSamples, loadWeights, presentLanes, weightsOf, weightStep } from './load-lanes';
import { addOutOfRange } from './out-of-range-lanes';
import { Vector, vectorAt } from './records';
import { SweepParams } from './sweep-params';
import { VectorRun } from './vector-run';
import { IGNORED } from '../kernel-params';
import { MAX_EXP_ARGUMENT, storeExp } from '../math/softplus';

/**
 * Loads the vectors of a run into the block, and adds their counts to the sums. Lanes with a logit outside the range of the float32
 * exponential, or a large weight, are evaluated at once, and contribute nothing afterwards.
 */
export function loadVectors(params: SweepParams, run: VectorRun): void {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const present = presentLanes(run);
  const classes = classesOfLanes(params, run);
  const eLow = offsetof<Vector>('eLow') - offsetof<Vector>('e');
  const lanes = run.lanes;
  let at = run.at;
  let sampleAt = run.sampleAt;
  let weightAt = weightsOf(params, run);
  const stepOfWeights = weightStep(params, run);
  let positives = ZERO;
  let positivesPredicted = ZERO;
  let negatives = ZERO;
  let negativesPredicted = ZERO;
  for (let i: u32 = 0; i < run.vectors; i++, at += run.step, sampleAt += run.sampleStep, weightAt += stepOfWeights) {
    const vector = vectorAt(params, i);
    const x = loadLanes(params.predictions + at, lanes);
    let positive: v128;
    let ignored: v128;
    if (params.dense) {
      const label = loadLanes(params.labels + at, lanes);
      positive = f32x4.eq(label, constants.oneFloat32);
      ignored = f32x4.eq(label, f32x4.splat(f32(IGNORED)));
    } else {
      const label = loadOfSamples(params, params.labels + sampleAt, lanes);
      positive = i32x4.eq(label, classes);
      ignored = i32x4.eq(label, i32x4.splat(IGNORED));
    }
    let active = v128.andnot(present, ignored);
    positive = v128.and(positive, active);
    const predicted = v128.and(f32x4.ge(x, ZERO), active);
    positives = count(positives, positive);
    positivesPredicted = count(positivesPredicted, v128.and(predicted, positive));
    negatives = count(negatives, v128.andnot(active, positive));
    negativesPredicted = count(negativesPredicted, v128.andnot(predicted, positive));
    if (params.weights) vector.weight = loadWeights(params, weightAt, lanes);
    const z = v128.xor(x, v128.and(positive, f32x4.splat(-0.0)));
    let tooLarge = f32x4.gt(f32x4.abs(x), f32x4.splat(MAX_EXP_ARGUMENT));
    if (params.weights) tooLarge = v128.or(tooLarge, f32x4.gt(vector.weight, f32x4.splat(MAX_WEIGHT)));
    tooLarge = v128.and(tooLarge, active);
    if (v128.any_true(tooLarge)) {
      vector.z = z;
      vector.positive = positive;
      vector.active = tooLarge;
      addOutOfRange(params, vector, run.sums);
      active = v128.andnot(active, tooLarge);
    }
    vector.z = v128.and(z, active);
    vector.positive = positive;
    vector.active = active;
    storeExp(changetype<usize>(vector) + offsetof<Vector>('e'), eLow, vector.z, active, constants);
  }
  addCounts(run.sums, positives, negatives, positivesPredicted, negativesPredicted);
}

/** So that the sums of squares of scaled terms do not overflow: 2^12. */
export const MAX_WEIGHT: f32 = 4096;
