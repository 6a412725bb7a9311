import { Constants } from '../math/constants';
import { INTERPOLATED, KernelParams, QUALITY, TERMWISE } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, powerOfLog } from '../math/powers';
import { Record, RECORD_SIZE } from './records';
import { smoothedComplement, smoothedLabel } from './smoothed-label';
import { ClassPair } from '../sums';
import { logOf, twiceAtanh } from '../math/vector-math';

/** A base that is 0 is replaced by it: its square and the reciprocal of its square are normal float64s. */
export const NEARLY_ZERO: f64 = 1e-100;
/** Smaller bases count as 0: the inverse of a subnormal number may be infinite, and 0 times that is NaN. */
const MIN_BASE: f64 = 1e-300;

/** Whether |p − y| is that of a root. @param distance p − y, or a multiple of it by up to 2 */
@inline
export function isNearRoot(distance: v128): v128 {
  return f64x2.lt(f64x2.abs(distance), f64x2.splat(MIN_BASE));
}

/**
 * Evaluates loaded records of logits with labels y in [0, 1].
 *
 * @param pairs number of records
 * @param options of the first record
 * @param optionStep PAIR_SIZE if lanes are classes, 0 if they are samples of one class
 */
export function evaluateRecords(params: KernelParams, record: usize, pairs: u32, options: ClassPair, optionStep: usize): void {
  if (params.softLabels == TERMWISE) termwise(params, record, pairs, options, optionStep);
  else if (params.softLabels == QUALITY) quality(params, record, pairs, options, optionStep);
  else interpolated(params, record, pairs, options, optionStep);
}

// Each form is a function of its own, in which `form` is a constant.

function interpolated(params: KernelParams, record: usize, pairs: u32, options: ClassPair, optionStep: usize): void {
  evaluateForm(params, record, pairs, options, optionStep, INTERPOLATED);
}

function quality(params: KernelParams, record: usize, pairs: u32, options: ClassPair, optionStep: usize): void {
  evaluateForm(params, record, pairs, options, optionStep, QUALITY);
}

function termwise(params: KernelParams, record: usize, pairs: u32, options: ClassPair, optionStep: usize): void {
  evaluateForm(params, record, pairs, options, optionStep, TERMWISE);
}

/**
 * With e = e^−|x|, the probability of the more probable side is 1/A, A = 1 + e, that of the other e/A. Their negative
 * logarithms are l = log1p(e) = 2 atanh(e/S), S = 1 + A, and l + |x|. Let b be the label's share of the less probable side,
 * that is 1 − y if x ≥ 0 and y otherwise, and s = 1 − b that of the more probable one. Then for x ≥ 0, with D = b − s e,
 *   C = l + b |x|,  p − y = D/A,  dp/dx = e/A²
 *   interpolated   u = y q + (1 − y) p = B/A, B = b + s e;  u′/u = (b − s) e / (A B)
 *   quality        u = |p − y| = |D|/A;                     u′/u = e / (A D)
 * and for x < 0 the same with the opposite sign of every derivative. So, with N = b − s or 1 and Q = B or D,
 *   (u^γ C)′ = ± u^γ [γ N (e/Q) C + D] / A
 *   termwise   s α_s (e/A)^γ l + b α_b A^−γ (l + |x|), whose derivative is
 *              ± {−s α_s (e/A)^γ (γ l + e) + b α_b A^−γ [γ e (l + |x|) + 1]} / A
 * With a detached factor, the terms with γ are not there. 1/A, 1/Q and e/S take one division, by A Q S.
 *
 * `form` is a constant wherever this is inlined.
 */
@inline
function evaluateForm(
  params: KernelParams,
  record: usize,
  pairs: u32,
  options: ClassPair,
  optionStep: usize,
  form: i32,
): void {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const constants = params.constants;
  const kept = f64x2.splat(params.keptLabel);
  const added = f64x2.splat(params.addedLabel);
  const halfSteps = params.halfSteps;
  const ofSlope = i64x2.splat(params.detachedGradient ? 0 : -1);
  const end = record + usize(pairs) * RECORD_SIZE;
  let address = changetype<usize>(options);
  for (; record < end; record += RECORD_SIZE, address += optionStep) {
      const each = changetype<Record>(record);
      const options = changetype<ClassPair>(address);
      const gamma = options.gamma;
      const x = each.x;
      const e = each.e;
      const label = each.label;
      const weight = each.weight;
      const absX = f64x2.abs(x);
      const isAbove = f64x2.ge(x, ZERO);
      const known = f64x2.pmax(label, ZERO);
      const y = smoothedLabel(known, kept, added);
      const notY = smoothedComplement(known, kept, added);
      // XOR exchanges: y ^ (y ^ notY) is notY.
      const both = v128.xor(y, notY);
      const b = v128.xor(y, v128.and(both, isAbove));
      const s = v128.xor(b, both);
      const a = f64x2.add(constants.one, e);
      const twoPlus = f64x2.add(constants.one, a);
      const sE = f64x2.mul(s, e);
      const d = f64x2.sub(b, sE);

      let base = ONE; // Q
      let numerator = ONE; // N
      if (form == QUALITY) {
        // At p = y all terms with a power of |p − y| are 0; (u^γ)′ is, too, where it does not exist.
        const isRoot = isNearRoot(d);
        base = v128.bitselect(f64x2.splat(NEARLY_ZERO), d, isRoot);
        numerator = v128.andnot(ONE, isRoot);
      } else if (form == INTERPOLATED) {
        base = f64x2.add(b, sE);
        numerator = f64x2.sub(b, s);
      }
      const product = form == TERMWISE ? a : f64x2.mul(a, base);
      const inverse = f64x2.div(constants.one, f64x2.mul(product, twoPlus));
      const log1p = twiceAtanh(f64x2.mul(f64x2.mul(e, product), inverse), constants);
      const inverseTwoPlus = f64x2.mul(inverse, twoPlus);
      const larger = form == TERMWISE ? inverseTwoPlus : f64x2.mul(inverseTwoPlus, base);
      const smaller = f64x2.mul(e, larger);
      const crossEntropy = f64x2.add(log1p, f64x2.mul(b, absX));

      let loss: v128;
      let slope: v128; // The gradient, apart from its sign for x < 0.
      if (form == TERMWISE) {
        const positiveK = f64x2.mul(options.positiveAlpha, f64x2.mul(y, weight));
        const negativeK = f64x2.mul(options.negativeAlpha, f64x2.mul(notY, weight));
        const kBoth = v128.xor(positiveK, negativeK);
        const kB = v128.xor(positiveK, v128.and(kBoth, isAbove));
        const kS = v128.xor(kB, kBoth);
        const logSmaller = f64x2.add(log1p, absX); // Negative logarithms.
        let modulatorS: v128;
        let modulatorB: v128;
        if (halfSteps >= 0) {
          modulatorS = halfStepPower(smaller, halfSteps);
          modulatorB = halfStepPower(larger, halfSteps);
        } else {
          modulatorS = powerOfLog(f64x2.neg(logSmaller), gamma, constants);
          modulatorB = powerOfLog(f64x2.neg(log1p), gamma, constants);
        }
        const weightS = f64x2.mul(kS, modulatorS);
        const weightB = f64x2.mul(kB, modulatorB);
        loss = f64x2.add(f64x2.mul(weightS, log1p), f64x2.mul(weightB, logSmaller));
        const slopeGamma = v128.and(gamma, ofSlope);
        const slopeS = f64x2.add(f64x2.mul(slopeGamma, log1p), e);
        const slopeB = f64x2.add(f64x2.mul(f64x2.mul(slopeGamma, e), logSmaller), ONE);
        slope = f64x2.mul(f64x2.sub(f64x2.mul(weightB, slopeB), f64x2.mul(weightS, slopeS)), larger);
      } else {
        const u = f64x2.mul(form == QUALITY ? f64x2.abs(base) : base, larger);
        const modulator =
          halfSteps >= 0
            ? halfStepPower(u, halfSteps)
            : powerOfLog(logOfBase(u, b, s, larger, smaller, d, log1p, absX, form, constants), gamma, constants);
        const alpha = multiplyAdd<f64>(options.positiveAlpha, y, f64x2.mul(options.negativeAlpha, notY));
        const k = f64x2.mul(f64x2.mul(alpha, weight), modulator);
        loss = f64x2.mul(k, crossEntropy);
        // e / Q = e A S / (A Q S)
        const ratio = f64x2.mul(f64x2.mul(e, a), inverseTwoPlus);
        const slopeGamma = v128.and(gamma, ofSlope);
        const modulatorSlope = f64x2.mul(f64x2.mul(slopeGamma, f64x2.mul(numerator, ratio)), crossEntropy);
        slope = f64x2.mul(f64x2.mul(k, larger), f64x2.add(modulatorSlope, d));
      }
      each.loss = loss;
      each.slope = slope;
      each.weight = f64x2.mul(weight, crossEntropy);
      each.e = v128.bitselect(smaller, larger, v128.xor(isAbove, f64x2.ge(label, f64x2.splat(0.5))));
  }
}

/**
 * log u, given v = 1 − u as well: p − y is D/A or −D/A, and so v = s + e/A if D ≥ 0 and b + 1/A otherwise for quality, and
 * v = y p + (1 − y) q = s/A + b e/A for interpolated. For a hard label of the more probable side u is e/A, whose logarithm
 * −|x| − l is exact even where e underflows.
 */
@inline
export function logOfBase(
  u: v128,
  b: v128,
  s: v128,
  larger: v128,
  smaller: v128,
  d: v128,
  log1p: v128,
  absX: v128,
  form: i32,
  constants: Constants,
): v128 {
  const ZERO = f64x2.splat(0);
  const v =
    form == QUALITY
      ? v128.bitselect(f64x2.add(s, smaller), f64x2.add(b, larger), f64x2.ge(d, ZERO))
      : f64x2.add(f64x2.mul(s, larger), f64x2.mul(b, smaller));
  return v128.bitselect(f64x2.neg(f64x2.add(log1p, absX)), logOf(u, v, constants), f64x2.eq(b, ZERO));
}
