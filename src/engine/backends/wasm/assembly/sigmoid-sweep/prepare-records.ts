import { addFloat32Lanes } from './sides';
import { endOfRecords, Record, RECORD_SIZE, startOfRecords, vectorAt } from './records';
import { CROSS_ENTROPY, PT, SIDE, SweepParams, TERM_SCALE } from './sweep-params';
import { demote, highHalf } from '../math/float32-lanes';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { softplus } from '../math/softplus';

/**
 * Computes the records of loaded vectors, and adds the sums that do not depend on γ. q and q², of whose errors
 * those of all powers are multiples, are rounded to float32 only once.
 *
 * @returns how many records are those of vectors without positive labels; `vectors` minus that are at the end
 */
export function prepareRecords(params: SweepParams, vectors: u32, sums: usize): u32 {
  const constants = params.constants;
  const one = constants.one;
  const scale = f32x4.splat(TERM_SCALE);
  let weight = scale;
  let front = startOfRecords(params);
  let back = endOfRecords(params);
  for (let i: u32 = 0; i < vectors; i++) {
    const vector = vectorAt(params, i);
    const positive = vector.positive;
    const active = vector.active;
    const eHigh = vector.e;
    const eLow = vector.eLow;
    const size = softplus(vector.z, eHigh, constants);
    const e = f64x2.add(f64x2.promote_low_f32x4(eHigh), f64x2.promote_low_f32x4(eLow));
    const otherE = f64x2.add(f64x2.promote_low_f32x4(highHalf(eHigh)), f64x2.promote_low_f32x4(highHalf(eLow)));
    const nearlyP = f32x4.div(constants.oneFloat32, f32x4.add(constants.oneFloat32, eHigh));
    const p = reciprocal(f64x2.add(one, e), f64x2.promote_low_f32x4(nearlyP), one);
    const otherP = reciprocal(f64x2.add(one, otherE), f64x2.promote_low_f32x4(highHalf(nearlyP)), one);
    if (params.weights) weight = f32x4.mul(vector.weight, scale);
    let at: usize;
    if (v128.any_true(positive)) {
      back -= RECORD_SIZE;
      at = back;
    } else {
      at = front;
      front += RECORD_SIZE;
    }
    const record = changetype<Record>(at);
    const q = f64x2.mul(e, p);
    const otherQ = f64x2.mul(otherE, otherP);
    const q32 = demote(q, otherQ);
    const p32 = v128.and(demote(p, otherP), active);
    const minusLogP = f32x4.mul(v128.and(size, active), weight);
    record.q = q32;
    record.qSquared = demote(f64x2.mul(q, q), f64x2.mul(otherQ, otherQ));
    record.p = p32;
    record.weightedQ = f32x4.mul(q32, weight);
    record.minusLogP = minusLogP;
    record.pMinusLogP = f32x4.mul(p32, minusLogP);
    record.positive = positive;
  }
  const negatives = u32((front - startOfRecords(params)) / RECORD_SIZE);
  if (negatives & 1) memory.fill(front, 0, RECORD_SIZE);
  if ((vectors - negatives) & 1) memory.fill(back - RECORD_SIZE, 0, RECORD_SIZE);
  addShared(params, negatives, vectors, sums);
  return negatives;
}

/** 1 / x by one step of Newton's method, which takes less time than a division: from a float32 the error becomes 1e-14. */
@inline
function reciprocal(x: v128, nearly: v128, one: v128): v128 {
  return multiplyAdd<f64>(nearly, subtractProduct<f64>(one, x, nearly), nearly);
}

function addShared(params: SweepParams, negatives: u32, vectors: u32, sums: usize): void {
  const ZERO = f32x4.splat(0);
  let crossEntropies = ZERO;
  let pts = ZERO;
  let record = startOfRecords(params);
  for (const end = record + usize(negatives) * RECORD_SIZE; record < end; record += RECORD_SIZE) {
    const each = changetype<Record>(record);
    crossEntropies = f32x4.add(crossEntropies, each.minusLogP);
    pts = f32x4.add(pts, each.p);
  }
  if (negatives < vectors) {
    let positiveCrossEntropies = ZERO;
    let positivePts = ZERO;
    const end = endOfRecords(params);
    for (record = end - usize(vectors - negatives) * RECORD_SIZE; record < end; record += RECORD_SIZE) {
      const each = changetype<Record>(record);
      const positive = each.positive;
      positiveCrossEntropies = f32x4.add(positiveCrossEntropies, v128.and(each.minusLogP, positive));
      crossEntropies = f32x4.add(crossEntropies, v128.andnot(each.minusLogP, positive));
      positivePts = f32x4.add(positivePts, v128.and(each.p, positive));
      pts = f32x4.add(pts, v128.andnot(each.p, positive));
    }
    addFloat32Lanes(sums + CROSS_ENTROPY, positiveCrossEntropies);
    addFloat32Lanes(sums + PT, positivePts);
  }
  addFloat32Lanes(sums + CROSS_ENTROPY + SIDE, crossEntropies);
  addFloat32Lanes(sums + PT + SIDE, pts);
}
