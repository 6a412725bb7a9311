import { addEvaluations } from './add-evaluations';
import { findPositives } from './find-positives';
import { weightsOf, weightStep } from './load-lanes';
import { gatherPositives } from './positive-elements';
import { prepareNegatives } from './prepare-negatives';
import { Record, RECORD_SIZE, startOfRecords, VECTORS } from './records';
import { addFloat32Lanes } from './sides';
import { COUNT, CROSS_ENTROPY, HALF, PREDICTED, PT, SIDE, SweepParams } from './sweep-params';
import { VectorRun } from './vector-run';

// Most elements are negative: of a sample with a class index, all but one. So runs are evaluated as if all of their elements were,
// but for the positive ones, which are evaluated together with those of other runs.

/**
 * Evaluates VECTORS vectors of four elements, if few of them are positive, none is ignored, and logits and weights are in range.
 *
 * @returns false if it does not; nothing is added then
 */
export function evaluateNegativeRun(params: SweepParams, run: VectorRun): bool {
  if (run.vectors != VECTORS || run.lanes != 4 || !findPositives(params, run)) return false;
  const at = params.predictions + run.at;
  const stepOfWeights = params.weights ? weightStep(params, run) : 0;
  if (!prepareNegatives(params, at, run.step, VECTORS, weightsOf(params, run), stepOfWeights)) return false;
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
