import { IGNORED, KernelParams, weightOf } from './kernel-params';
import { evaluatePair, isTraining, lane, loadPair } from './sigmoid-pair';
import { ClassPair } from './sums';

/**
 * Evaluates contiguous elements by their labels: classes of one sample with dense labels, or samples of one class.
 *
 * @param sample the sample of the first element
 * @param pairStep PAIR_SIZE if the elements are classes, 0 if they are samples
 * @returns false if there is a soft label
 */
export function evaluateLabelled(
  params: KernelParams,
  element: u32,
  sample: u32,
  count: u32,
  classIndex: u32,
  firstPair: ClassPair,
  pairStep: usize,
): bool {
  const none = i64x2(0, 0);
  const training = isTraining(params);
  const rowWeight = weightOf(params, sample);
  let address = changetype<usize>(firstPair);
  for (let i: u32 = 0; i < count; i += 2, address += pairStep) {
    const pair = changetype<ClassPair>(address);
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const single = i + 1 == count;
    const labelsAt = params.labels + (params.dense ? at : sampleAt);
    // Both labels are loaded twice, so that the upper lanes hold nothing else.
    const labels = single ? v128.load32_splat(labelsAt) : v128.load64_splat(labelsAt);
    const weight = pairStep || !params.sampleWeights ? rowWeight : loadPair(params.sampleWeights + sampleAt, single);
    const x = loadPair(params.predictions + at, single);
    const isPositive = params.dense ? f32x4.eq(labels, f32x4.splat(1)) : i32x4.eq(labels, i32x4.splat(classIndex));
    const isIgnored = params.dense
      ? f32x4.eq(labels, f32x4.splat(f32(IGNORED)))
      : i32x4.eq(labels, i32x4.splat(IGNORED));
    const notNegative = v128.or(isPositive, isIgnored);
    if (params.dense && !i32x4.all_true(v128.or(notNegative, f32x4.eq(labels, f32x4.splat(0))))) return false;
    if (single || v128.any_true(notNegative)) {
      const lanes = single ? lane(0) : i64x2.splat(-1);
      const positive = v128.and(lanes, i64x2.extend_low_i32x4_s(isPositive));
      const negative = v128.andnot(lanes, i64x2.extend_low_i32x4_s(notNegative));
      if (training) evaluatePair(params, at, x, weight, positive, negative, pair, single, false, true);
      else evaluatePair(params, at, x, weight, positive, negative, pair, single, false, false);
    } else if (training) evaluatePair(params, at, x, weight, none, none, pair, false, true, true);
    else evaluatePair(params, at, x, weight, none, none, pair, false, true, false);
  }
  return true;
}
