import { Record, RECORD_SIZE, startOfRecords } from './records';
import { SweepParams, TERM_SCALE } from './sweep-params';
import { demote, highHalf } from '../math/float32-lanes';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { addLog1p, MAX_EXP_ARGUMENT } from '../math/softplus';

// Constants that a loop needs are loaded before it: its stores could overwrite them, as far as compilers know. V8 moves what else
// is the same each time out of loops that have their condition at the end.

/**
 * Computes the records of vectors as if all of their elements were negative: z is the logit then, and no element needs a mask.
 *
 * @param at address of the first vector; the next one is `step` further
 * @param weightAt address of its weight if `weightStep` is 4, or of its four weights if that is more; there are none if it is 0
 * @returns false if a logit is beyond the range of the float32 exponential; there are no records then
 */
export function prepareNegatives(
  params: SweepParams,
  at: usize,
  step: usize,
  vectors: u32,
  weightAt: usize,
  weightStep: usize,
): bool {
  const start = startOfRecords(params);
  const end = start + usize(vectors) * RECORD_SIZE;
  if (!storeExponentials(params, at, step, start, end)) return false;
  storeCrossEntropies(params, at, step, start, end, weightAt, weightStep);
  storeProbabilities(params, start, end, weightAt, weightStep);
  return true;
}

/** Stores e^z in two parts, as `storeExp`, in place of q and q². */
function storeExponentials(params: SweepParams, at: usize, step: usize, record: usize, end: usize): bool {
  const constants = params.constants;
  const one = constants.oneFloat32;
  const log2E = constants.log2EFloat32;
  const rounder = constants.rounderFloat32;
  const ln2High = constants.ln2High;
  const ln2Low = constants.ln2Low;
  const g2 = constants.g2;
  const g3 = constants.g3;
  const g4 = constants.g4;
  const g5 = constants.g5;
  const g6 = constants.g6;
  let largest = f32x4.splat(0);
  do {
    const x = v128.load(at);
    // Without the sign, the bits of a float32 are in the order of |x|.
    largest = i32x4.max_u(largest, i32x4.shl(x, 1));
    const rounded = multiplyAdd<f32>(x, log2E, rounder);
    const k = f32x4.sub(rounded, rounder);
    const exact = subtractProduct<f32>(x, k, ln2High);
    const rest = f32x4.mul(k, ln2Low);
    const r = f32x4.sub(exact, rest);
    const rError = f32x4.sub(f32x4.sub(exact, r), rest);
    const r2 = f32x4.mul(r, r);
    const even = multiplyAdd<f32>(g3, r, g2);
    const middle = multiplyAdd<f32>(g5, r, g4);
    const high = multiplyAdd<f32>(g6, r2, middle);
    const tail = f32x4.mul(multiplyAdd<f32>(high, r2, even), r2);
    const t = f32x4.add(r, tail);
    const tError = f32x4.add(f32x4.sub(tail, f32x4.sub(t, r)), multiplyAdd<f32>(rError, r, rError));
    const sum = f32x4.add(one, t);
    const error = f32x4.add(f32x4.sub(t, f32x4.sub(sum, one)), tError);
    const exponent = i32x4.shl(rounded, 23);
    v128.store(record, i32x4.add(sum, exponent), E);
    v128.store(record, f32x4.mul(error, i32x4.add(one, exponent)), E_LOW);
    record += RECORD_SIZE;
    at += step;
  } while (record < end);
  return !v128.any_true(i32x4.gt_u(largest, i32x4.shl(f32x4.splat(MAX_EXP_ARGUMENT), 1)));
}

function storeCrossEntropies(
  params: SweepParams,
  at: usize,
  step: usize,
  record: usize,
  end: usize,
  weightAt: usize,
  weightStep: usize,
): void {
  const constants = params.constants;
  const ZERO = f32x4.splat(0);
  const one = constants.oneFloat32;
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  const scale = f32x4.splat(TERM_SCALE);
  let weight = scale;
  do {
    if (weightStep) {
      weight = f32x4.mul(weightStep == 4 ? v128.load32_splat(weightAt) : v128.load(weightAt), scale);
      weightAt += weightStep;
    }
    const crossEntropy = addLog1p(v128.load(record, E), f32x4.pmax(v128.load(at), ZERO), one, b1, b2, b3, b4);
    v128.store(record, f32x4.mul(crossEntropy, weight), MINUS_LOG_P);
    record += RECORD_SIZE;
    at += step;
  } while (record < end);
}

function storeProbabilities(params: SweepParams, record: usize, end: usize, weightAt: usize, weightStep: usize): void {
  const constants = params.constants;
  const one = constants.one;
  const scale = f32x4.splat(TERM_SCALE);
  let weight = scale;
  do {
    if (weightStep) {
      weight = f32x4.mul(weightStep == 4 ? v128.load32_splat(weightAt) : v128.load(weightAt), scale);
      weightAt += weightStep;
    }
    const eHigh = v128.load(record, E);
    const eLow = v128.load(record, E_LOW);
    const e = f64x2.add(f64x2.promote_low_f32x4(eHigh), f64x2.promote_low_f32x4(eLow));
    const otherE = f64x2.add(f64x2.promote_low_f32x4(highHalf(eHigh)), f64x2.promote_low_f32x4(highHalf(eLow)));
    const p = f64x2.div(one, f64x2.add(one, e));
    const otherP = f64x2.div(one, f64x2.add(one, otherE));
    const q = f64x2.mul(e, p);
    const otherQ = f64x2.mul(otherE, otherP);
    const q32 = demote(q, otherQ);
    const p32 = demote(p, otherP);
    const each = changetype<Record>(record);
    each.q = q32;
    each.qSquared = demote(f64x2.mul(q, q), f64x2.mul(otherQ, otherQ));
    each.p = p32;
    each.weightedQ = f32x4.mul(q32, weight);
    each.pMinusLogP = f32x4.mul(p32, each.minusLogP);
    record += RECORD_SIZE;
  } while (record < end);
}

const E: usize = offsetof<Record>('q');
const E_LOW: usize = offsetof<Record>('qSquared');
const MINUS_LOG_P: usize = offsetof<Record>('minusLogP');
