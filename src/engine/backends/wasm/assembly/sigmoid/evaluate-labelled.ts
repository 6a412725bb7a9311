import { IGNORED, KernelParams, weightOf } from '../kernel-params';
import { evaluatePair, isTraining, lane, loadPair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';

/**
 * Evaluates contiguous elements by their labels: classes of one sample, or samples of one class.
 *
 * @param sample the sample of the first element
 * @param c the class of the first element; even, if lanes are classes
 * @returns false if there is a soft label
 */
export function evaluateLabelled(params: KernelParams, element: u32, sample: u32, count: u32, c: u32): bool {
  const none = i64x2(0, 0);
  const training = isTraining(params);
  const rowWeight = weightOf(params, sample);
  const lanesAreSamples = params.lanesAreSamples != 0;
  const pairStep: usize = lanesAreSamples ? 0 : PAIR_SIZE;
  const lanes = lanesAreSamples ? none : i32x4(0, 1, 0, 1);
  // Of a sample with a class index, all pairs but one are negative.
  const byIndex = !params.dense && !lanesAreSamples;
  const index = byIndex ? load<u32>(params.labels + (usize(sample) << 2)) : 0;
  const mayBeNegative = byIndex && index != u32(IGNORED);
  let address = changetype<usize>(pairAt(params, lanesAreSamples ? c : c >> 1));
  for (let i: u32 = 0; i < count; i += 2, address += pairStep) {
    const pair = changetype<ClassPair>(address);
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const single = i + 1 == count;
    const sampleWeight = !lanesAreSamples || !params.sampleWeights ? rowWeight : loadPair(params.sampleWeights + sampleAt, single);
    const weight = params.elementWeights
      ? f64x2.mul(sampleWeight, loadPair(params.elementWeights + at, single))
      : sampleWeight;
    const x = loadPair(params.predictions + at, single);
    let isPositive = none;
    let notNegative = none;
    if (!mayBeNegative || index - (c + i) < 2) {
      // Both labels are loaded twice, so that the upper lanes hold nothing else.
      let labels: v128;
      if (byIndex) labels = v128.load32_splat(params.labels + (usize(sample) << 2));
      else {
        const labelsAt = params.labels + (params.dense ? at : sampleAt);
        labels = single ? v128.load32_splat(labelsAt) : v128.load64_splat(labelsAt);
      }
      const classes = i32x4.add(i32x4.splat(lanesAreSamples ? c : c + i), lanes);
      isPositive = params.dense ? f32x4.eq(labels, f32x4.splat(1)) : i32x4.eq(labels, classes);
      const isIgnored = params.dense
        ? f32x4.eq(labels, f32x4.splat(f32(IGNORED)))
        : i32x4.eq(labels, i32x4.splat(IGNORED));
      notNegative = v128.or(isPositive, isIgnored);
      if (params.dense && !i32x4.all_true(v128.or(notNegative, f32x4.eq(labels, f32x4.splat(0))))) return false;
    }
    if (single || v128.any_true(notNegative)) {
      const active = single ? lane(0) : i64x2.splat(-1);
      const positive = v128.and(active, i64x2.extend_low_i32x4_s(isPositive));
      const negative = v128.andnot(active, i64x2.extend_low_i32x4_s(notNegative));
      if (training) evaluatePair(params, at, x, weight, positive, negative, pair, single, false, true);
      else evaluatePair(params, at, x, weight, positive, negative, pair, single, false, false);
    } else if (training) evaluatePair(params, at, x, weight, none, none, pair, false, true, true);
    else evaluatePair(params, at, x, weight, none, none, pair, false, true, false);
  }
  return true;
}
