import { LAST_BIN_P } from '../bins';
import { largestLane, smallestLane } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { firstClass, isOutOfRange, LOG2_E, twoLanes } from './softmax-rows-float32';
import { alphasOf, singlesOf } from './soft-sums';
import { exponentials, samplePairs, sizeOfRow } from './softmax-remaining-classes';
import { sumExponentials } from './sum-exponentials';
import { exp, logOf } from '../math/vector-math';

/** A sample with soft labels, and what all of its classes share. */
@unmanaged
export class SoftRow {
  element: u32;
  sample: u32;
  largestClass: u32;
  /** How many classes are evaluated in float64, one by one. */
  singles: u32;
  /** The list of these classes. */
  singlesAt: usize;
  /** float32 [classes]: the exponentials, 0 for a class that is evaluated in float64. */
  exponentials: usize;
  /** float32 [classes]: s. */
  slopesAt: usize;
  /** The largest logit, and the logarithm of the sum of all exponentials relative to it. */
  maxLogit: f64;
  logTotal: f64;
  /** The sum of all other exponentials. */
  restSum: f64;
  /** p and 1 − p of the largest class. */
  largestP: f64;
  largestQ: f64;
  /** What an exponential is multiplied by to be p, and what a logit's exponential was multiplied by: 2^−n is e^−shift. */
  inverse: f64;
  shift: f64;
  weight: f64;
  loss: f64;
  /** s of the largest class, and the sum of all others, divided by `slopeUnit`. */
  largestSlope: f64;
  slopes: f64;
  // As float32.
  inverseFloat32: f32;
  /** Exponentials of more probable classes are larger. */
  maxExp: f32;
  maxLogitFloat32: f32;
  logTotalFloat32: f32;
  weightFloat32: f32;
  /** `slopes` and `largestSlope` together. */
  slopeSum: f32;
}

/** Of `SoftRow`, rounded up to vectors. */
const ROW_SIZE: usize = 144;
/** Row i, below `rowsOfBlock`. */
@inline
export function softRow(params: KernelParams, i: u32): SoftRow {
  return changetype<SoftRow>(samplePairs(params) + usize(i) * ROW_SIZE);
}

/** Makes a sample that of row i. */
@inline
export function setRow(params: KernelParams, i: u32, element: u32, sample: u32): SoftRow {
  const row = softRow(params, i);
  const size = sizeOfRow(params);
  row.element = element;
  row.sample = sample;
  row.singles = 0;
  row.singlesAt = singlesOf(params) + usize(i) * 8 * size;
  row.exponentials = exponentials(params) + usize(i) * size;
  row.slopesAt = alphasOf(params) - usize(i + 1) * size;
  row.weight = params.sampleWeights ? load<f32>(params.sampleWeights + (usize(sample) << 2)) : 1;
  row.weightFloat32 = f32(row.weight);
  row.loss = 0;
  row.slopes = 0;
  return row;
}

/** A field of `SoftRow` in all lanes. It is loaded because V8 would convert a float64 again in each round of a loop. */
@inline
export function splatOf(row: SoftRow, field: usize): v128 {
  return v128.load32_splat(changetype<usize>(row) + field);
}

const MAX_P: f64 = 0.25;

/**
 * More probable classes are evaluated in float64: the rounding of q = 1 − p is raised to the power γ. With `difficulty`, so are
 * those that are not in the last bin.
 */
@inline
export function maxP(params: KernelParams): f64 {
  return params.bins ? LAST_BIN_P : MAX_P;
}

/**
 * Finds the largest class of a row.
 *
 * @returns false if float32 cannot hold the exponentials
 */
export function loadRow(params: KernelParams, row: SoftRow): bool {
  const at = params.predictions + (usize(row.element) << 2);
  const last = usize(params.classes - 4) << 2;
  let largest = v128.load(at + last);
  let smallest = largest;
  let i: usize = 0;
  do {
    const x = v128.load(at + i);
    largest = f32x4.pmax(largest, x);
    smallest = f32x4.pmin(smallest, x);
    i += 16;
  } while (i < last);
  const maxLogit = largestLane(largest);
  if (isOutOfRange(smallestLane(smallest), maxLogit)) return false;
  row.largestClass = firstClass(at, params.classes, maxLogit);
  row.maxLogit = maxLogit;
  row.maxLogitFloat32 = maxLogit;
  return true;
}

/** Computes the exponentials of a row and their sum without that of the largest class, whose exponential is 0. */
export function addExponentials(params: KernelParams, row: SoftRow): void {
  const n = nearest(row.maxLogit * LOG2_E);
  const ln2 = f64x2.extract_lane(params.constants.ln2, 0);
  const left = f32((n - 127) * ln2);
  row.shift = n * ln2;
  const at = params.predictions + (usize(row.element) << 2);
  const largestAt = at + (usize(row.largestClass) << 2);
  store<f32>(largestAt, left);
  row.restSum = sumExponentials(params, at, row.exponentials, left, 127 - i32(n), params.scratch);
  store<f32>(largestAt, row.maxLogitFloat32);
}

/** Computes what follows from the sums of two rows, which may be the same. */
export function divideBySums(params: KernelParams, a: SoftRow, b: SoftRow): void {
  const constants = params.constants;
  const maxLogits = twoLanes(a.maxLogit, b.maxLogit);
  const sums = twoLanes(a.restSum, b.restSum);
  const largestExp = exp(f64x2.sub(maxLogits, twoLanes(a.shift, b.shift)), constants);
  const inverse = f64x2.div(constants.one, f64x2.add(sums, largestExp));
  const p = f64x2.mul(largestExp, inverse);
  const q = f64x2.mul(sums, inverse);
  const logTotal = f64x2.neg(logOf(p, q, constants));
  const maxExp = f64x2.mul(f64x2.add(sums, largestExp), f64x2.splat(maxP(params)));
  setFields(a, b, offsetof<SoftRow>('inverse'), inverse);
  setFields(a, b, offsetof<SoftRow>('largestP'), p);
  setFields(a, b, offsetof<SoftRow>('largestQ'), q);
  setFields(a, b, offsetof<SoftRow>('logTotal'), logTotal);
  setFloats(a, b, offsetof<SoftRow>('inverseFloat32'), inverse);
  setFloats(a, b, offsetof<SoftRow>('maxExp'), maxExp);
  setFloats(a, b, offsetof<SoftRow>('logTotalFloat32'), logTotal);
}

@inline
function setFields(a: SoftRow, b: SoftRow, field: usize, values: v128): void {
  v128.store64_lane(changetype<usize>(a) + field, values, 0);
  v128.store64_lane(changetype<usize>(b) + field, values, 1);
}

@inline
function setFloats(a: SoftRow, b: SoftRow, field: usize, values: v128): void {
  const floats = f32x4.demote_f64x2_zero(values);
  v128.store32_lane(changetype<usize>(a) + field, floats, 0);
  v128.store32_lane(changetype<usize>(b) + field, floats, 1);
}
