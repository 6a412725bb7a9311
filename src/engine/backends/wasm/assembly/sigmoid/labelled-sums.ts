import { addToBins } from '../bins';
import { KernelParams } from '../kernel-params';
import { Record, RECORD_SIZE, recordsOf, ROW_OF_RECORDS } from './records';
import { storePair } from './sigmoid-pair';
import { addGradientSquares, ClassPair, PAIR_SIZE, pairAt } from '../sums';

/** What one element adds to a count of elements that has, in its upper digits, those that are predicted as positive. */
const PREDICTED: f64 = 67108864; // 2^26

/**
 * Writes the gradients and elementwise losses of evaluated records, and adds them to the sums.
 *
 * @param element index of the first sample's first class
 * @param rows number of samples, which are `params.classes` elements apart; 1 if lanes are samples
 * @param firstPair index of the first two classes' `ClassPair`; of the only class's if lanes are samples
 * @param count number of classes; of samples if lanes are samples
 */
export function addRecords(params: KernelParams, element: u32, rows: u32, firstPair: u32, count: u32): void {
  const ZERO = f64x2.splat(0);
  const lanesAreSamples = params.lanesAreSamples != 0;
  const pairs = (count + 1) >> 1;
  // The distance between records of the same sums: to the next sample of two classes, or to the next two samples.
  const recordStep = lanesAreSamples ? RECORD_SIZE : ROW_OF_RECORDS;
  const steps = lanesAreSamples ? pairs : rows;
  const sets: u32 = lanesAreSamples ? 1 : pairs;
  const records = recordsOf(params, 0);
  let address = changetype<usize>(pairAt(params, firstPair));
  if (params.gradients || params.elementwise) storeRecords(params, element, rows, count);
  if (params.bins) addRecordsToBins(params, rows, firstPair, pairs);
  for (let i: u32 = 0; i < sets; i++, address += PAIR_SIZE) {
    const options = changetype<ClassPair>(address);
    let at = records + usize(i) * RECORD_SIZE;
    const end = at + usize(steps) * recordStep;
    let positiveLosses = ZERO;
    let negativeLosses = ZERO;
    if (!params.allSums) {
      // Only the total loss is requested.
      for (; at < end; at += recordStep) negativeLosses = f64x2.add(negativeLosses, changetype<Record>(at).loss);
      options.negativeLoss = f64x2.add(options.negativeLoss, negativeLosses);
      continue;
    }
    let positiveCrossEntropies = ZERO;
    let negativeCrossEntropies = ZERO;
    let positiveSlopes = ZERO;
    let negativeSlopes = ZERO;
    let positivePts = ZERO;
    let negativePts = ZERO;
    let positiveCounts = ZERO;
    let negativeCounts = ZERO;
    for (; at < end; at += recordStep) {
      const record = changetype<Record>(at);
      const label = record.label;
      const positive = f64x2.ge(label, f64x2.splat(0.5)); // Before smoothing.
      const negative = v128.andnot(f64x2.ge(label, ZERO), positive);
      const loss = record.loss;
      const crossEntropy = record.weight;
      const slope = f64x2.abs(record.slope);
      if (params.gradientSquares) addGradientSquares(options, positive, negative, slope);
      const pt = record.e;
      const counted = f64x2.add(f64x2.splat(1), v128.and(f64x2.ge(record.x, ZERO), f64x2.splat(PREDICTED)));
      positiveLosses = f64x2.add(positiveLosses, v128.and(positive, loss));
      negativeLosses = f64x2.add(negativeLosses, v128.and(negative, loss));
      positiveCrossEntropies = f64x2.add(positiveCrossEntropies, v128.and(positive, crossEntropy));
      negativeCrossEntropies = f64x2.add(negativeCrossEntropies, v128.and(negative, crossEntropy));
      positiveSlopes = f64x2.add(positiveSlopes, v128.and(positive, slope));
      negativeSlopes = f64x2.add(negativeSlopes, v128.and(negative, slope));
      positivePts = f64x2.add(positivePts, v128.and(positive, pt));
      negativePts = f64x2.add(negativePts, v128.and(negative, pt));
      positiveCounts = f64x2.add(positiveCounts, v128.and(positive, counted));
      negativeCounts = f64x2.add(negativeCounts, v128.and(negative, counted));
    }
    const UNIT = f64x2.splat(1 / PREDICTED);
    const BASE = f64x2.splat(PREDICTED);
    const positivePredicted = f64x2.floor(f64x2.mul(positiveCounts, UNIT));
    const negativePredicted = f64x2.floor(f64x2.mul(negativeCounts, UNIT));
    positiveCounts = f64x2.sub(positiveCounts, f64x2.mul(positivePredicted, BASE));
    negativeCounts = f64x2.sub(negativeCounts, f64x2.mul(negativePredicted, BASE));
    options.positiveLoss = f64x2.add(options.positiveLoss, positiveLosses);
    options.negativeLoss = f64x2.add(options.negativeLoss, negativeLosses);
    options.positiveCrossEntropy = f64x2.add(options.positiveCrossEntropy, positiveCrossEntropies);
    options.negativeCrossEntropy = f64x2.add(options.negativeCrossEntropy, negativeCrossEntropies);
    options.positiveGradientL1 = f64x2.add(options.positiveGradientL1, positiveSlopes);
    options.negativeGradientL1 = f64x2.add(options.negativeGradientL1, negativeSlopes);
    options.positivePt = f64x2.add(options.positivePt, positivePts);
    options.negativePt = f64x2.add(options.negativePt, negativePts);
    options.positiveCount = f64x2.add(options.positiveCount, positiveCounts);
    options.negativeCount = f64x2.add(options.negativeCount, negativeCounts);
    options.positivePredicted = f64x2.add(options.positivePredicted, positivePredicted);
    options.negativePredicted = f64x2.add(options.negativePredicted, negativePredicted);
  }
}

/** Writes the gradients and elementwise losses. */
function storeRecords(params: KernelParams, element: u32, rows: u32, count: u32): void {
  const SIGN = f64x2.splat(-0.0);
  const ZERO = f64x2.splat(0);
  const scale = f64x2.splat(params.scale);
  const last = count - 1;
  for (let row: u32 = 0; row < rows; row++) {
    let record = recordsOf(params, row);
    let at = usize(element + row * params.classes) << 2;
    for (let i: u32 = 0; i < count; i += 2, record += RECORD_SIZE, at += 8) {
      const each = changetype<Record>(record);
      const single = i == last;
      if (params.gradients) {
        const sign = v128.andnot(SIGN, f64x2.ge(each.x, ZERO));
        storePair(params.gradients + at, f64x2.mul(v128.xor(each.slope, sign), scale), single);
      }
      if (params.elementwise) storePair(params.elementwise + at, each.loss, single);
    }
  }
}

/** Adds the elements to the sums of `difficulty`. */
function addRecordsToBins(params: KernelParams, rows: u32, firstPair: u32, pairs: u32): void {
  const optionStep: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  for (let row: u32 = 0; row < rows; row++) {
    let record = recordsOf(params, row);
    let options = changetype<usize>(pairAt(params, firstPair));
    for (let i: u32 = 0; i < pairs; i++, record += RECORD_SIZE, options += optionStep) {
      const each = changetype<Record>(record);
      const positive = f64x2.ge(each.label, f64x2.splat(0.5));
      const negative = v128.andnot(f64x2.ge(each.label, f64x2.splat(0)), positive);
      const crossEntropy = f64x2.mul(each.weight, changetype<ClassPair>(options).classWeight);
      addToBins(params.bins, positive, negative, each.e, each.e, each.loss, crossEntropy, each.slope);
    }
  }
}
