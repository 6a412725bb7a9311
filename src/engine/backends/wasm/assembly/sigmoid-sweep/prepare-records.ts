import { Record, RECORD_SIZE, recordsAt, vectorAt } from './records';
import { addNegative, addSides } from './sides';
import { CROSS_ENTROPY, HALF, PT, SweepParams } from './sweep-params';
import { highHalf } from '../math/float32-lanes';
import { softplus } from '../math/softplus';

/** Computes the records of loaded vectors, and adds the sums that do not depend on γ. */
export function prepareRecords(params: SweepParams, vectors: u32, hasPositives: bool, sums: usize): void {
  if (!hasPositives) prepare(params, vectors, false, sums);
  else {
    prepare(params, vectors, true, sums);
    addShared(recordsAt(params, 0), vectors, sums);
    addShared(recordsAt(params, 1), vectors, sums + HALF);
  }
}

@inline
function prepare(params: SweepParams, vectors: u32, hasPositives: bool, sums: usize): void {
  const constants = params.constants;
  const ZERO = f64x2.splat(0);
  const records = recordsAt(params, 0);
  const toOthers = recordsAt(params, 1) - records;
  let crossEntropies = ZERO;
  let otherCrossEntropies = ZERO;
  let pts = ZERO;
  let otherPts = ZERO;
  for (let i: u32 = 0; i < vectors; i++) {
    const vector = vectorAt(params, i);
    const positive = vector.positive;
    const active = vector.active;
    const e = vector.e;
    const eLow = vector.eLow;
    const size = v128.and(softplus(vector.z, e, constants), active);
    const record = changetype<Record>(records + usize(i) * RECORD_SIZE);
    const other = changetype<Record>(changetype<usize>(record) + toOthers);
    prepareTwo(params, record, e, eLow, size, i32x4.shuffle(active, active, 0, 0, 1, 1), vector.weight);
    const weight = highHalf(vector.weight);
    const otherActive = i32x4.shuffle(active, active, 2, 2, 3, 3);
    prepareTwo(params, other, highHalf(e), highHalf(eLow), highHalf(size), otherActive, weight);
    if (hasPositives) {
      record.positive = i32x4.shuffle(positive, positive, 0, 0, 1, 1);
      other.positive = i32x4.shuffle(positive, positive, 2, 2, 3, 3);
    } else {
      crossEntropies = f64x2.add(crossEntropies, record.minusLogP);
      otherCrossEntropies = f64x2.add(otherCrossEntropies, other.minusLogP);
      pts = f64x2.add(pts, record.p);
      otherPts = f64x2.add(otherPts, other.p);
    }
  }
  if (hasPositives) return;
  addNegative(sums + CROSS_ENTROPY, crossEntropies);
  addNegative(sums + CROSS_ENTROPY + HALF, otherCrossEntropies);
  addNegative(sums + PT, pts);
  addNegative(sums + PT + HALF, otherPts);
}

/** Computes a record from the first two of four lanes. */
@inline
function prepareTwo(params: SweepParams, record: Record, high: v128, low: v128, size: v128, active: v128, weight: v128): void {
  const one = params.constants.one;
  const e = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(low));
  const p = f64x2.div(one, f64x2.add(one, e));
  const q = f64x2.mul(e, p);
  let minusLogP = f64x2.promote_low_f32x4(size);
  let weightedQ = q;
  if (params.sampleWeights) {
    const w = f64x2.promote_low_f32x4(weight);
    weightedQ = f64x2.mul(q, w);
    minusLogP = f64x2.mul(minusLogP, w);
  }
  record.q = q;
  record.p = v128.and(p, active);
  record.weightedQ = weightedQ;
  record.minusLogP = minusLogP;
  record.pMinusLogP = f64x2.mul(p, minusLogP);
}

function addShared(record: usize, vectors: u32, sums: usize): void {
  const ZERO = f64x2.splat(0);
  const end = record + usize(vectors) * RECORD_SIZE;
  let positiveCrossEntropies = ZERO;
  let negativeCrossEntropies = ZERO;
  let positivePts = ZERO;
  let negativePts = ZERO;
  for (; record < end; record += RECORD_SIZE) {
    const each = changetype<Record>(record);
    const positive = each.positive;
    const minusLogP = each.minusLogP;
    const p = each.p;
    positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(minusLogP, positive));
    negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.andnot(minusLogP, positive));
    positivePts = f64x2.add(positivePts, v128.and(p, positive));
    negativePts = f64x2.add(negativePts, v128.andnot(p, positive));
  }
  addSides(sums + CROSS_ENTROPY, positiveCrossEntropies, negativeCrossEntropies);
  addSides(sums + PT, positivePts, negativePts);
}
