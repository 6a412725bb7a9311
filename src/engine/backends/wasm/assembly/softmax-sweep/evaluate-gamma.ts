import { GAMMA, optionOf, POSITIVE_ALPHA } from '../class-options';
import { KernelParams } from '../kernel-params';
import { halfStepPower, powerOfLog } from '../math/powers';
import { logOf } from '../math/vector-math';
import { countsOf } from './share-terms';
import { factorsOf, GRADIENT_SCALE, PairTerms, SoftmaxSweepParams, termsOf } from './softmax-sweep-params';
import { indexOf, LEFT_OUT, pairOf, SamplePair } from '../softmax/softmax-pair';
import { LARGEST, LOSS, SAMPLE_SQUARES, startedSampleSums, TRUE } from '../softmax/softmax-remaining-classes';
import { evaluateRow } from '../softmax/softmax-row';

/**
 * Adds the first `count` samples of a block to the sums of an evaluation, apart from the classes that are neither the true nor the
 * largest one, of which it sets the factors. A sample whose terms float32 cannot hold is evaluated in float64, whatever the other
 * evaluations need.
 */
export function evaluateGamma(sweep: SoftmaxSweepParams, evaluation: u32, params: KernelParams, count: u32): void {
  const factors = factorsOf(sweep, evaluation);
  const gamma = f64x2.splat(optionOf(params, GAMMA, 0));
  for (let i: u32 = 0; i < count; i += 2) {
    const pair = pairOf(sweep.shared, i);
    const terms = termsOf(sweep, i);
    const modulator = modulatorOf(params, terms, gamma);
    const k = f64x2.mul(f64x2.mul(pair.weight, alphaOf(params, pair)), modulator);
    const loss = f64x2.mul(k, terms.minusLogP);
    const slope = f64x2.add(k, f64x2.mul(k, f64x2.mul(gamma, terms.slopeOfGamma)));
    const gradient = f64x2.mul(slope, terms.q);
    const factor = f64x2.mul(slope, terms.inverse);
    const isPrecise = v128.and(
      v128.or(
        v128.and(f64x2.gt(factor, f64x2.splat(MIN_FACTOR)), f64x2.lt(factor, f64x2.splat(MAX_FACTOR))),
        f64x2.eq(factor, f64x2.splat(0)),
      ),
      f64x2.le(f64x2.mul(gamma, terms.p), f64x2.splat(MAX_GAMMA_P)),
    );
    const counts = v128.and(isPrecise, countsOf(pair));
    const scaled = v128.and(f64x2.mul(factor, f64x2.splat(GRADIENT_SCALE)), counts);
    v128.store64_lane(factors + (usize(i) << 2), f32x4.demote_f64x2_zero(scaled), 0);
    const largest = f64x2.mul(factor, pair.largestExp);
    const counted = i64x2.bitmask(counts);
    if (counted & 1) {
      addSample(params, pair, 0, f64x2.extract_lane(loss, 0), f64x2.extract_lane(gradient, 0), f64x2.extract_lane(largest, 0));
    } else evaluateInFloat64(params, pair, 0);
    if (counted & 2) {
      addSample(params, pair, 1, f64x2.extract_lane(loss, 1), f64x2.extract_lane(gradient, 1), f64x2.extract_lane(largest, 1));
    } else if (i + 1 < count) evaluateInFloat64(params, pair, 1);
  }
}

/** q^γ */
@inline
function modulatorOf(params: KernelParams, terms: PairTerms, gamma: v128): v128 {
  if (params.halfSteps >= 0) return halfStepPower(terms.q, params.halfSteps);
  return powerOfLog(logOf(terms.q, terms.p, params.constants), gamma, params.constants);
}

/** α of the true classes, multiplied by the class weights. */
@inline
function alphaOf(params: KernelParams, pair: SamplePair): v128 {
  const first = optionOf(params, POSITIVE_ALPHA, indexOf(pair, offsetof<SamplePair>('trueClasses'), 0));
  const second = optionOf(params, POSITIVE_ALPHA, indexOf(pair, offsetof<SamplePair>('trueClasses'), 1));
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

@inline
function addSample(params: KernelParams, pair: SamplePair, lane: usize, loss: f64, gradient: f64, largest: f64): void {
  const t = indexOf(pair, offsetof<SamplePair>('trueClasses'), lane);
  const a = indexOf(pair, offsetof<SamplePair>('largestClasses'), lane);
  const sums = startedSampleSums(params, t);
  addTo(sums + LOSS, loss);
  addTo(sums + TRUE, gradient);
  addTo(sums + SAMPLE_SQUARES, gradient * gradient);
  if (a == t) return;
  const sumsOfLargest = startedSampleSums(params, a);
  addTo(sumsOfLargest + LARGEST + 8, largest);
  addTo(sumsOfLargest + SAMPLE_SQUARES + 8, largest * largest);
}

@inline
function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** Evaluates a sample unless it is left out. */
function evaluateInFloat64(params: KernelParams, pair: SamplePair, lane: usize): void {
  if (indexOf(pair, offsetof<SamplePair>('states'), lane) == LEFT_OUT) return;
  const element = indexOf(pair, offsetof<SamplePair>('elements'), lane);
  const sample = indexOf(pair, offsetof<SamplePair>('samples'), lane);
  evaluateRow(params, element, sample, indexOf(pair, offsetof<SamplePair>('trueClasses'), lane));
}

const MAX_GAMMA_P: f64 = 5;
const MIN_FACTOR: f64 = 1e-30;
/** Squares of such factors, times `GRADIENT_SCALE`, are added up in float32. */
const MAX_FACTOR: f64 = 268435456; // 2^28
