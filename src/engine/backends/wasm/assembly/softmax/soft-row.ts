import { LAST_BIN_P } from '../bins';
import { largestLane, smallestLane } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { exponentials } from './softmax-remaining-classes';
import { firstClass, isOutOfRange, LOG2_E } from './softmax-rows-float32';
import { sumExponentials } from './sum-exponentials';
import { exp, log1p } from '../math/vector-math';

/** What all classes of a sample with soft labels share; the scratch memory of the float64 kernels holds it. */
@unmanaged
export class SoftRow {
  largestClass: u32;
  /** How many classes are evaluated in float64, one by one. */
  singles: u32;
  /** The largest logit, and the logarithm of the sum of all exponentials relative to it. */
  maxLogit: f64;
  logTotal: f64;
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

/** A field of `SoftRow` in all lanes. It is loaded because V8 would convert a float64 again in each round of a loop. */
@inline
export function splatOf(row: SoftRow, field: usize): v128 {
  return v128.load32_splat(changetype<usize>(row) + field);
}

/** More probable classes are evaluated in float64: the rounding of q = 1 − p is raised to γ. So is what is not in the last bin. */
const MAX_P: f64 = 0.25;

/**
 * Computes the exponentials of a sample and what follows from their sum.
 *
 * @returns false if float32 cannot hold them
 */
export function loadRow(params: KernelParams, row: SoftRow, element: u32): bool {
  const constants = params.constants;
  const at = params.predictions + (usize(element) << 2);
  const last = usize(params.classes - 4) << 2;
  let largest = v128.load(at + last);
  let smallest = largest;
  for (let i: usize = 0; i < last; i += 16) {
    const x = v128.load(at + i);
    largest = f32x4.pmax(largest, x);
    smallest = f32x4.pmin(smallest, x);
  }
  const maxLogit = largestLane(largest);
  if (isOutOfRange(smallestLane(smallest), maxLogit)) return false;
  const n = nearest(f64(maxLogit) * LOG2_E);
  const ln2 = f64x2.extract_lane(constants.ln2, 0);
  const left = f32((n - 127) * ln2);
  row.largestClass = firstClass(at, params.classes, maxLogit);
  row.maxLogit = maxLogit;
  row.shift = n * ln2;
  const largestAt = at + (usize(row.largestClass) << 2);
  store<f32>(largestAt, left);
  const sum = sumExponentials(params, at, exponentials(params), left, 127 - i32(n), remainingLogits(params));
  store<f32>(largestAt, maxLogit);
  const largestExp = f64x2.extract_lane(exp(f64x2.splat(f64(maxLogit) - row.shift), constants), 0);
  row.inverse = 1 / (sum + largestExp);
  row.largestP = largestExp * row.inverse;
  row.largestQ = sum * row.inverse;
  row.logTotal = log1p(sum / largestExp, constants);
  row.inverseFloat32 = f32(row.inverse);
  row.maxExp = f32((params.bins ? LAST_BIN_P : MAX_P) / row.inverse);
  row.maxLogitFloat32 = maxLogit;
  row.logTotalFloat32 = f32(row.logTotal);
  return true;
}

/** Scratch memory for two vectors. */
@inline
function remainingLogits(params: KernelParams): usize {
  return params.scratch + offsetof<SoftRow>() + 8;
}
