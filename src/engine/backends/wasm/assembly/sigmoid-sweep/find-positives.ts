import { weightsOf, weightStep } from './load-lanes';
import { MAX_WEIGHT } from './load-vectors';
import { VECTORS } from './records';
import { SweepParams } from './sweep-params';
import { VectorRun } from './vector-run';
import { IGNORED } from '../kernel-params';

/** The positive elements of a run that are evaluated apart from the others. With more, that takes longer than with masks. */
export const MAX_POSITIVES: u32 = 16;

/**
 * Sets `run.positiveElements`.
 *
 * @returns false if there are more than MAX_POSITIVES, an element is ignored, or a weight is so large that sums of squares might
 *   overflow
 */
export function findPositives(params: SweepParams, run: VectorRun): bool {
  const found = params.dense ? ofLabels(params, run) : params.lanesAreSamples ? ofSamples(params, run) : ofIndices(params, run);
  return found && popcnt(run.positiveElements) <= MAX_POSITIVES && !hasLargeWeights(params, run);
}

function ofLabels(params: SweepParams, run: VectorRun): bool {
  const one = params.constants.oneFloat32;
  let at = params.labels + run.at;
  let excluded = f32x4.splat(0);
  let elements: u64 = 0;
  for (let i: u64 = 0; i < 4 * u64(VECTORS); i += 4, at += run.step) {
    const label = v128.load(at);
    const positive = f32x4.eq(label, one);
    excluded = v128.or(excluded, v128.andnot(f32x4.ne(label, f32x4.splat(0)), positive));
    elements |= u64(i32x4.bitmask(positive)) << i;
  }
  run.positiveElements = elements;
  return !v128.any_true(excluded);
}

/** Of class indices, where lanes are samples. */
function ofSamples(params: SweepParams, run: VectorRun): bool {
  let at = params.labels + run.sampleAt;
  let excluded = f32x4.splat(0);
  let elements: u64 = 0;
  for (let i: u64 = 0; i < 4 * u64(VECTORS); i += 4, at += 16) {
    const label = v128.load(at);
    excluded = v128.or(excluded, i32x4.eq(label, i32x4.splat(IGNORED)));
    elements |= u64(i32x4.bitmask(i32x4.eq(label, i32x4.splat(run.firstClass)))) << i;
  }
  run.positiveElements = elements;
  return !v128.any_true(excluded);
}

/** Of class indices, where lanes are classes. */
function ofIndices(params: SweepParams, run: VectorRun): bool {
  const labels = params.labels + run.sampleAt;
  let excluded = f32x4.splat(0);
  let elements: u64 = 0;
  for (let first: u32 = 0; first < VECTORS; first += 4) {
    const label = v128.load(labels + (usize(first) << 2));
    excluded = v128.or(excluded, i32x4.eq(label, i32x4.splat(IGNORED)));
    let found = i32x4.bitmask(i32x4.lt_u(i32x4.sub(label, i32x4.splat(run.firstClass)), i32x4.splat(4)));
    for (; found; found &= found - 1) {
      const vector = first + ctz(found);
      const lane = load<u32>(labels + (usize(vector) << 2)) - run.firstClass;
      elements |= u64(1) << u64(4 * vector + lane);
    }
  }
  run.positiveElements = elements;
  return !v128.any_true(excluded);
}

function hasLargeWeights(params: SweepParams, run: VectorRun): bool {
  if (!params.weights) return false;
  const from = weightsOf(params, run);
  const step = weightStep(params, run);
  const end = from + usize(VECTORS) * step;
  let excluded = f32x4.splat(0);
  // The weights of samples are contiguous.
  for (let at = from; at < end; at += params.hasElementWeights ? step : 16) {
    excluded = v128.or(excluded, f32x4.gt(v128.load(at), f32x4.splat(MAX_WEIGHT)));
  }
  return v128.any_true(excluded);
}
