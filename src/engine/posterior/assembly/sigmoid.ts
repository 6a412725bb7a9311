import { fromProbabilities } from '../../backends/wasm/assembly/math/log-probabilities';
import { addAll, POSTERIOR_BINS } from './bins';
import { Box } from './box';
import { CONSTANTS, LOG_PROBABILITIES } from './memory-layout';
import { writeOutcomes } from './outcomes';
import { expOfMagnitude, posteriorOf, sigmoidOf } from './sigmoid-posterior';

/** γ and the offset of the two elements of a pair, if both are of one class. */
const PAIR = memory.data(32, 16);

/** The posterior of each element, and the bins. */
export function sigmoid(box: Box, epsilon: f64): void {
  const classes = box.classes;
  const inner = box.inner;
  const count = box.slices * classes * inner;
  if (inner == 1) {
    // Pairs of an odd number of classes begin at each class once in two samples.
    evaluate(box, 0, count, box.gammas, box.offsets, classes & 1 ? 2 * classes : classes, epsilon);
  } else {
    for (let row: u32 = 0, first: u32 = 0; first < count; row++, first += inner) {
      const c = usize(row % classes) << 3;
      v128.store(PAIR, v128.load64_splat(box.gammas + c));
      if (box.offsets) v128.store(PAIR + 16, v128.load64_splat(box.offsets + c));
      evaluate(box, first, inner, PAIR, box.offsets ? PAIR + 16 : 0, 2, epsilon);
    }
  }
  if (!box.bins) return;
  writeOutcomes(box);
  addAll(box.bins, box.predictions, box.outcomes, count);
  if (box.offsets) addAll(box.bins + POSTERIOR_BINS, box.posterior, box.outcomes, count);
}

/**
 * Two elements at a time. With bins, the predictions become p.
 *
 * @param period after how many elements, an even number, γ and offsets begin anew
 */
function evaluate(box: Box, first: u32, count: u32, gammas: usize, offsets: usize, period: u32, epsilon: f64): void {
  const start = usize(first) << 2;
  const predictions = box.predictions + start;
  const posterior = box.posterior + start;
  const areProbabilities = box.areProbabilities != 0;
  const hasBins = box.bins != 0;
  const constants = CONSTANTS;
  const logProbs = LOG_PROBABILITIES;
  let ofClass: usize = 0;
  for (let at: u32 = 0; at < count; at += 2) {
    const offset = usize(at) << 2;
    const isPair = at + 1 < count;
    const source = predictions + offset;
    let x = f64x2.promote_low_f32x4(isPair ? v128.load64_zero(source) : v128.load32_zero(source));
    let p = x;
    if (areProbabilities) {
      fromProbabilities(x, logProbs, epsilon, constants);
      p = logProbs.p;
      x = f64x2.sub(logProbs.logP, logProbs.logQ);
    }
    const e = expOfMagnitude(x, constants);
    if (hasBins) storeFloats(source, areProbabilities ? p : sigmoidOf(x, e, constants), isPair);
    if (!offsets) continue;
    const gamma = v128.load(gammas + (ofClass << 3));
    const result = posteriorOf(x, e, gamma, v128.load(offsets + (ofClass << 3)), constants);
    storeFloats(posterior + offset, result, isPair);
    ofClass += 2;
    if (ofClass == period) ofClass = 0;
  }
}

@inline
function storeFloats(target: usize, values: v128, isPair: bool): void {
  const floats = f32x4.demote_f64x2_zero(values);
  if (isPair) v128.store64_lane(target, floats, 0);
  else v128.store32_lane(target, floats, 0);
}
