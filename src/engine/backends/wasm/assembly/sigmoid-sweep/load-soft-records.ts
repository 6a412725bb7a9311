import { addCounts, loadLanes } from './load-vectors';
import { SoftRecord, SOFT_RECORD_SIZE, softRecordsAt } from './soft-record';
import { COUNT, PREDICTED, SIDE, SweepParams } from './sweep-params';
import { IGNORED, QUALITY } from '../kernel-params';
import { highHalf } from '../math/float32-lanes';
import { expPrecisely, twiceAtanh } from '../math/vector-math';
import { isNearRoot, logOfBase, NEARLY_ZERO } from '../sigmoid/evaluate-records';

/**
 * As `loadVectors`, of labels in [0, 1]: writes the records of the vectors.
 *
 * @returns a bit for each lane in which any label is positive
 */
export function loadSoftRecords(
  params: SweepParams,
  at: usize,
  step: usize,
  sampleAt: usize,
  sampleStep: usize,
  vectors: u32,
  lanes: u32,
  c: u32,
  sums: usize,
): i32 {
  const ZERO = f32x4.splat(0);
  const one = params.constants.oneFloat32;
  const lanesAreSamples = params.lanesAreSamples != 0;
  const present = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
  const classes = i32x4.add(i32x4.splat(c), lanesAreSamples ? ZERO : i32x4(0, 1, 2, 3));
  const toOthers = softRecordsAt(params, 1) - softRecordsAt(params, 0);
  let record = softRecordsAt(params, 0);
  let positives = ZERO;
  let positivesPredicted = ZERO;
  let negatives = ZERO;
  let negativesPredicted = ZERO;
  for (let i: u32 = 0; i < vectors; i++, at += step, sampleAt += sampleStep, record += SOFT_RECORD_SIZE) {
    let label: v128;
    let active: v128;
    if (params.dense) {
      label = loadLanes(params.labels + at, lanes);
      active = v128.and(present, f32x4.ge(label, ZERO));
    } else {
      const labelsAt = params.labels + sampleAt;
      const index = lanesAreSamples ? loadLanes(labelsAt, lanes) : v128.load32_splat(labelsAt);
      label = v128.and(one, i32x4.eq(index, classes));
      active = v128.andnot(present, i32x4.eq(index, i32x4.splat(IGNORED)));
    }
    label = v128.and(label, active);
    const x = v128.and(loadLanes(params.predictions + at, lanes), active);
    const isPositive = f32x4.ge(label, f32x4.splat(0.5));
    const predicted = v128.and(f32x4.ge(x, ZERO), active);
    // A lane of a mask is −1.
    positives = i32x4.sub(positives, isPositive);
    positivesPredicted = i32x4.sub(positivesPredicted, v128.and(predicted, isPositive));
    negatives = i32x4.sub(negatives, v128.andnot(active, isPositive));
    negativesPredicted = i32x4.sub(negativesPredicted, v128.andnot(predicted, isPositive));
    let weight = one;
    if (params.sampleWeights) {
      const weightAt = params.sampleWeights + sampleAt;
      weight = lanesAreSamples ? loadLanes(weightAt, lanes) : v128.load32_splat(weightAt);
    }
    weight = v128.and(weight, active);
    const first = changetype<SoftRecord>(record);
    const second = changetype<SoftRecord>(record + toOthers);
    first.positive = i32x4.shuffle(isPositive, isPositive, 0, 0, 1, 1);
    second.positive = i32x4.shuffle(isPositive, isPositive, 2, 2, 3, 3);
    prepare(params, first, x, label, weight, i32x4.shuffle(active, active, 0, 0, 1, 1));
    prepare(params, second, highHalf(x), highHalf(label), highHalf(weight), i32x4.shuffle(active, active, 2, 2, 3, 3));
  }
  addCounts(sums + COUNT, positives);
  addCounts(sums + COUNT + SIDE, negatives);
  addCounts(sums + PREDICTED, positivesPredicted);
  addCounts(sums + PREDICTED + SIDE, negativesPredicted);
  return i32x4.bitmask(i32x4.ne(positives, ZERO));
}

/** Computes the terms of the first two of four lanes, as `evaluateForm` of sigmoid/evaluate-records.ts derives them. */
function prepare(params: SweepParams, record: SoftRecord, x32: v128, label32: v128, weight32: v128, active: v128): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const constants = params.constants;
  const x = f64x2.promote_low_f32x4(x32);
  const label = f64x2.promote_low_f32x4(label32);
  const weight = f64x2.promote_low_f32x4(weight32);
  const e = expPrecisely(v128.or(x, f64x2.splat(-0.0)), constants);
  const absX = f64x2.abs(x);
  const isAbove = f64x2.ge(x, ZERO);
  const y = f64x2.add(f64x2.mul(label, f64x2.splat(params.keptLabel)), f64x2.splat(params.addedLabel));
  const notY = f64x2.sub(ONE, y);
  // XOR exchanges: y ^ (y ^ notY) is notY.
  const both = v128.xor(y, notY);
  const b = v128.xor(y, v128.and(both, isAbove));
  const s = v128.xor(b, both);
  const a = f64x2.add(ONE, e);
  const twoPlus = f64x2.add(ONE, a);
  const sE = f64x2.mul(s, e);
  const d = f64x2.sub(b, sE);
  let base: v128;
  let numerator: v128;
  if (params.form == QUALITY) {
    const isRoot = isNearRoot(d);
    base = v128.bitselect(f64x2.splat(NEARLY_ZERO), d, isRoot);
    numerator = v128.andnot(ONE, isRoot);
  } else {
    base = f64x2.add(b, sE);
    numerator = f64x2.sub(b, s);
  }
  const product = f64x2.mul(a, base);
  const inverse = f64x2.div(ONE, f64x2.mul(product, twoPlus));
  const log1p = twiceAtanh(f64x2.mul(f64x2.mul(e, product), inverse), constants);
  const inverseTwoPlus = f64x2.mul(inverse, twoPlus);
  const larger = f64x2.mul(inverseTwoPlus, base);
  const smaller = f64x2.mul(e, larger);
  const crossEntropy = f64x2.add(log1p, f64x2.mul(b, absX));
  const u = f64x2.mul(f64x2.abs(base), larger);
  const ratio = f64x2.mul(f64x2.mul(e, a), inverseTwoPlus);
  const weighted = f64x2.mul(weight, crossEntropy);
  record.u = u;
  record.crossEntropy = weighted;
  record.slopeOfGamma = f64x2.mul(f64x2.mul(larger, f64x2.mul(numerator, ratio)), weighted);
  record.slope = f64x2.mul(f64x2.mul(larger, d), weight);
  record.y = y;
  const isPositive = record.positive;
  record.pt = v128.and(v128.bitselect(smaller, larger, v128.xor(isAbove, isPositive)), active);
  if (params.needsLogarithms) {
    record.logU = logOfBase(u, b, s, larger, smaller, d, log1p, absX, params.form, constants);
  }
}
