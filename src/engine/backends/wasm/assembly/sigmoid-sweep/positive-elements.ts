import { modulatorOf, slopeOf } from './add-evaluations';
import { MAX_POSITIVES } from './find-positives';
import { weightsOf, weightStep } from './load-lanes';
import { prepareNegatives } from './prepare-negatives';
import { Record, RECORD_SIZE, startOfRecords, VECTORS } from './records';
import {
  COUNT,
  CROSS_ENTROPY,
  evaluationAt,
  GRADIENT_L1,
  GRADIENT_SQUARES,
  LOSS,
  PREDICTED,
  PT,
  SIDE,
  SweepParams,
} from './sweep-params';
import { VectorRun } from './vector-run';

// The positive elements of runs are gathered in scratch memory behind the records, one field of all of them after another: z = −x, with
// which they are as negative ones, the weight, and the address of the sums of their class and lane.
const POSITIVES: usize = usize(2 * VECTORS + 2) * RECORD_SIZE;
/** As many as have records. */
const CAPACITY: u32 = 4 * VECTORS;
const WEIGHT: usize = 4 * usize(CAPACITY);
const SUMS: usize = 2 * WEIGHT;
/** Of one γ, a vector: loss, |gradient| and its square. */
const TERMS: usize = 3 * WEIGHT;

/** Gathers the positive elements of a prepared run, for which there is space, and makes their records contribute nothing. */
export function gatherPositives(params: SweepParams, run: VectorRun): void {
  for (let elements = run.positiveElements; elements; elements &= elements - 1) {
    const element = u32(ctz(elements));
    gather(params, run, element >> 2, element & 3);
  }
}

function gather(params: SweepParams, run: VectorRun, vector: u32, lane: u32): void {
  const laneAt = usize(lane) << 2;
  const record = startOfRecords(params) + usize(vector) * RECORD_SIZE + laneAt;
  // What all terms are multiples of.
  store<f32>(record, 0, offsetof<Record>('p'));
  store<f32>(record, 0, offsetof<Record>('weightedQ'));
  store<f32>(record, 0, offsetof<Record>('minusLogP'));
  store<f32>(record, 0, offsetof<Record>('pMinusLogP'));
  const x = load<f32>(params.predictions + run.at + usize(vector) * run.step + laneAt);
  const sums = run.sums + (usize(lane) << 3);
  const to = params.block + POSITIVES + (usize(run.positives) << 2);
  store<f32>(to, -x);
  if (params.weights) {
    const ofVector = weightsOf(params, run) + usize(vector) * weightStep(params, run);
    const isOwn = params.hasElementWeights || params.lanesAreSamples;
    store<f32>(to, load<f32>(ofVector + (isOwn ? laneAt : 0)), WEIGHT);
  }
  store<usize>(to, sums, SUMS);
  run.positives += 1;
  add(sums + COUNT, 1);
  add(sums + COUNT + SIDE, -1);
  if (x >= 0) {
    add(sums + PREDICTED, 1);
    add(sums + PREDICTED + SIDE, -1);
  }
}

/** Adds gathered elements to the sums, if there is no space for those of another run. It overwrites the records. */
@inline
export function makeSpaceForPositives(params: SweepParams, run: VectorRun): void {
  if (run.positives + MAX_POSITIVES > CAPACITY) addPositives(params, run);
}

/** Adds the terms of gathered elements to the sums. */
export function addPositives(params: SweepParams, run: VectorRun): void {
  const count = run.positives;
  if (count == 0) return;
  run.positives = 0;
  const positives = params.block + POSITIVES;
  const vectors = (count + 3) >> 2;
  // The lanes behind the last element may hold anything that is in range.
  for (let i = count; i < 4 * vectors; i++) store<f32>(positives + (usize(i) << 2), 0);
  prepareNegatives(params, positives, 16, vectors, positives + WEIGHT, params.weights ? 16 : 0);
  const start = startOfRecords(params);
  for (let v: u32 = 0; v < vectors; v++) {
    const record = changetype<Record>(start + usize(v) * RECORD_SIZE);
    const elements = positives + (usize(v) << 4);
    const lanes = min(4, count - 4 * v);
    v128.store(positives, record.minusLogP, TERMS);
    v128.store(positives, record.p, TERMS + 16);
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const at = usize(lane) << 2;
      const sums = load<usize>(elements + at, SUMS);
      add(sums + CROSS_ENTROPY, load<f32>(positives + at, TERMS));
      add(sums + PT, load<f32>(positives + at, TERMS + 16));
    }
    for (let i: u32 = 0; i < params.evaluations; i++) {
      const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
      const modulator = modulatorOf(record, halfSteps, params.constants);
      const slope = f32x4.mul(modulator, slopeOf(record, f32x4.splat(0.5 * f32(halfSteps)), halfSteps));
      v128.store(positives, f32x4.mul(modulator, record.minusLogP), TERMS);
      v128.store(positives, slope, TERMS + 16);
      v128.store(positives, f32x4.mul(slope, slope), TERMS + 32);
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const at = usize(lane) << 2;
        const sums = evaluationAt(load<usize>(elements + at, SUMS), i);
        add(sums + LOSS, load<f32>(positives + at, TERMS));
        add(sums + GRADIENT_L1, load<f32>(positives + at, TERMS + 16));
        add(sums + GRADIENT_SQUARES, load<f32>(positives + at, TERMS + 32));
      }
    }
  }
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
