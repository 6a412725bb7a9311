import { addEvaluations } from './add-evaluations';
import { MAX_WEIGHT } from './load-vectors';
import { gatherPositives } from './positive-elements';
import { prepareNegatives } from './prepare-negatives';
import { Record, RECORD_SIZE, startOfRecords, VECTORS } from './records';
import { addFloat32Lanes } from './sides';
import { COUNT, CROSS_ENTROPY, HALF, HARD, PREDICTED, PT, SIDE, SweepParams } from './sweep-params';
import { VectorRun } from './vector-run';
import { IGNORED } from '../kernel-params';

// Of a sample with a class index, all elements but one are negative. So runs of four classes are evaluated as if all their elements
// were, but for the positive ones, of which a block has up to one for each sample: they are evaluated together after the classes.

/**
 * Whether `evaluateIndexedRun` serves the samples of a block, where lanes are classes: none is ignored, and no weight is so large
 * that sums of squares might overflow.
 */
export function servesIndexedRuns(params: SweepParams, run: VectorRun): bool {
  if (params.form != HARD || params.dense || run.vectors != VECTORS) return false;
  let excluded = f32x4.splat(0);
  for (let i: usize = 0; i < 4 * usize(VECTORS); i += 16) {
    const labels = v128.load(params.labels + run.sampleAt + i);
    excluded = v128.or(excluded, i32x4.eq(labels, i32x4.splat(IGNORED)));
    if (!params.sampleWeights) continue;
    const weights = v128.load(params.sampleWeights + run.sampleAt + i);
    excluded = v128.or(excluded, f32x4.gt(weights, f32x4.splat(MAX_WEIGHT)));
  }
  return !v128.any_true(excluded);
}

/**
 * Evaluates a run of four classes of VECTORS samples.
 *
 * @returns false if a logit is out of range; nothing is added then
 */
export function evaluateIndexedRun(params: SweepParams, run: VectorRun): bool {
  const at = params.predictions + run.at;
  const weights = params.sampleWeights;
  if (!prepareNegatives(params, at, run.step, VECTORS, weights + run.sampleAt, weights ? 4 : 0)) return false;
  countNegatives(at, run.step, run.sums);
  gatherPositives(params, run);
  addShared(startOfRecords(params), run.sums);
  addEvaluations(params, VECTORS, VECTORS, run.sums);
  return true;
}

/** Counts all elements as negative. */
function countNegatives(at: usize, step: usize, sums: usize): void {
  const ZERO = f32x4.splat(0);
  const end = at + usize(VECTORS) * step;
  let predicted = ZERO;
  do {
    predicted = i32x4.sub(predicted, f32x4.ge(v128.load(at), ZERO));
    at += step;
  } while (at < end);
  const all = f64x2.splat(f64(VECTORS));
  const counts = sums + COUNT + SIDE;
  v128.store(counts, f64x2.add(v128.load(counts), all));
  v128.store(counts, f64x2.add(v128.load(counts, HALF), all), HALF);
  const predictions = sums + PREDICTED + SIDE;
  v128.store(predictions, f64x2.add(v128.load(predictions), f64x2.convert_low_i32x4_u(predicted)));
  const upper = f64x2.convert_low_i32x4_u(i32x4.shuffle(predicted, predicted, 2, 3, 2, 3));
  v128.store(predictions, f64x2.add(v128.load(predictions, HALF), upper), HALF);
}

function addShared(record: usize, sums: usize): void {
  const end = record + usize(VECTORS) * RECORD_SIZE;
  let crossEntropies = f32x4.splat(0);
  let pts = crossEntropies;
  do {
    const each = changetype<Record>(record);
    crossEntropies = f32x4.add(crossEntropies, each.minusLogP);
    pts = f32x4.add(pts, each.p);
    record += RECORD_SIZE;
  } while (record < end);
  addFloat32Lanes(sums + CROSS_ENTROPY + SIDE, crossEntropies);
  addFloat32Lanes(sums + PT + SIDE, pts);
}
