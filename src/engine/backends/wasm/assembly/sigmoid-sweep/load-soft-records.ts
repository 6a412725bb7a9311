import { addCounts, count } from './count-labels';
import { classesOfLanes, loadLanes, loadOfSamples, loadWeights, presentLanes, weightsOf, weightStep } from './load-lanes';
import { prepareSoftProbabilities, prepareTermwiseProbabilities } from './prepare-probabilities';
import { prepareSoftRecord } from './prepare-soft-record';
import { prepareTermwiseRecord } from './prepare-termwise-record';
import { SoftRecord, SOFT_RECORD_SIZE, softRecordsAt } from './soft-record';
import { SweepParams } from './sweep-params';
import { TermwiseRecord, TERMWISE_RECORD_SIZE, termwiseRecordsAt } from './termwise-record';
import { VectorRun } from './vector-run';
import { IGNORED, TERMWISE } from '../kernel-params';
import { highHalf } from '../math/float32-lanes';

/**
 * As `loadVectors`, of labels in [0, 1]: writes the records of the vectors.
 *
 * @returns a bit for each lane in which any label is positive
 */
export function loadSoftRecords(params: SweepParams, run: VectorRun): i32 {
  const ZERO = f32x4.splat(0);
  const one = params.constants.oneFloat32;
  const present = presentLanes(run);
  const classes = classesOfLanes(params, run);
  const minPredicted = f32x4.splat(params.logProbs ? 0.5 : 0);
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
    let label: v128;
    let active: v128;
    if (params.dense) {
      label = loadLanes(params.labels + at, lanes);
      active = v128.and(present, f32x4.ge(label, ZERO));
    } else {
      const index = loadOfSamples(params, params.labels + sampleAt, lanes);
      label = v128.and(one, i32x4.eq(index, classes));
      active = v128.andnot(present, i32x4.eq(index, i32x4.splat(IGNORED)));
    }
    label = v128.and(label, active);
    const x = v128.and(loadLanes(params.predictions + at, lanes), active);
    const isPositive = f32x4.ge(label, f32x4.splat(0.5));
    const predicted = v128.and(f32x4.ge(x, minPredicted), active);
    positives = count(positives, isPositive);
    positivesPredicted = count(positivesPredicted, v128.and(predicted, isPositive));
    negatives = count(negatives, v128.andnot(active, isPositive));
    negativesPredicted = count(negativesPredicted, v128.andnot(predicted, isPositive));
    let weight = one;
    if (params.weights) weight = loadWeights(params, weightAt, lanes);
    weight = v128.and(weight, active);
    writeRecord(params, 0, i, x, label, weight, active, isPositive);
    writeRecord(params, 1, i, highHalf(x), highHalf(label), highHalf(weight), highHalf(active), highHalf(isPositive));
  }
  addCounts(run.sums, positives, negatives, positivesPredicted, negativesPredicted);
  return i32x4.bitmask(i32x4.ne(positives, ZERO));
}

/** Writes the record of the first two of four lanes. @param half 0 or 1, of the vector */
function writeRecord(
  params: SweepParams,
  half: u32,
  i: u32,
  x: v128,
  label: v128,
  weight: v128,
  active: v128,
  isPositive: v128,
): void {
  const positive = i64x2.extend_low_i32x4_s(isPositive);
  const isActive = i64x2.extend_low_i32x4_s(active);
  if (params.form == TERMWISE) {
    const record = changetype<TermwiseRecord>(termwiseRecordsAt(params, half) + usize(i) * TERMWISE_RECORD_SIZE);
    record.positive = positive;
    if (params.logProbs) prepareTermwiseProbabilities(params, record, x, label, weight, isActive);
    else prepareTermwiseRecord(params, record, x, label, weight, isActive);
  } else {
    const record = changetype<SoftRecord>(softRecordsAt(params, half) + usize(i) * SOFT_RECORD_SIZE);
    record.positive = positive;
    if (params.logProbs) prepareSoftProbabilities(params, record, x, label, weight, isActive);
    else prepareSoftRecord(params, record, x, label, weight, isActive);
  }
}
