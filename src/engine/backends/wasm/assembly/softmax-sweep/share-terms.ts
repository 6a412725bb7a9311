import { storeTerms } from '../softmax/evaluate-pair';
import { COUNTS, pairOf, SamplePair } from '../softmax/softmax-pair';
import { SUM_SCALE } from '../softmax/softmax-remaining-classes';
import { factorsOf, SoftmaxSweepParams, termsOf } from './softmax-sweep-params';
import { logOf } from '../math/vector-math';

/**
 * Computes what the evaluations share of the first `count` samples of a block, rounded up to pairs, as `evaluatePair` does.
 *
 * @returns how many samples count
 */
export function shareTerms(sweep: SoftmaxSweepParams, count: u32): u32 {
  const ONE = f64x2.splat(1);
  const ZERO = f64x2.splat(0);
  const params = sweep.shared;
  let counted: u32 = 0;
  for (let i: u32 = 0; i < count; i += 2) {
    const pair = pairOf(params, i);
    const terms = termsOf(sweep, i);
    const wrong = f64x2.add(pair.restSum, pair.largestExp);
    const inverse = f64x2.div(ONE, f64x2.add(wrong, pair.trueExp));
    const p = f64x2.mul(pair.trueExp, inverse);
    const q = f64x2.mul(wrong, inverse);
    const minusLogP = f64x2.neg(logOf(p, q, params.constants));
    terms.p = p;
    terms.q = q;
    terms.minusLogP = minusLogP;
    terms.slopeOfGamma = f64x2.div(f64x2.mul(p, minusLogP), q);
    terms.inverse = inverse;
    storeTerms(pair, offsetof<SamplePair>('lossTerms'), ZERO, f64x2.mul(pair.weight, minusLogP));
    storeTerms(pair, offsetof<SamplePair>('trueTerms'), ZERO, p);
    storeTerms(pair, offsetof<SamplePair>('largestTerms'), f64x2.add(f64x2.mul(inverse, pair.restSum), p), ZERO);
    const counts = countsOf(pair);
    const factors = v128.and(f64x2.mul(inverse, f64x2.splat(SUM_SCALE)), counts);
    v128.store64_lane(factorsOf(sweep, sweep.count) + (usize(i) << 2), f32x4.demote_f64x2_zero(factors), 0);
    counted += popcnt(i64x2.bitmask(counts));
  }
  return counted;
}

/** The mask of the samples whose exponentials float32 holds. */
@inline
export function countsOf(pair: SamplePair): v128 {
  const states = v128.load64_zero(changetype<usize>(pair) + offsetof<SamplePair>('states'));
  return i64x2.extend_low_i32x4_s(i32x4.eq(states, i32x4.splat(COUNTS)));
}
